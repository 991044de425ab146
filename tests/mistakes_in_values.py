"""Mistakes that values bring about: expressions, types of tensors, and several mistakes at once."""

from __future__ import annotations

from mistakes import FAILING, RELU, SCALED, TWO_SIDES, Finding, blocks, of, parameters, spec

EXPRESSIONS = (
    of(
        "does_not_parse",
        spec('{"type": "Dense", "units": «"${2 +}"}'),
        Finding("MS401", "/layers/0/units", "expected a value before the end"),
    ),
    of(
        "a_power",
        spec('{"type": "Dense", "units": «"${2 ** 3}"}'),
        Finding("MS401", "/layers/0/units", "unexpected '**'", "multiply, n * n"),
    ),
    of(
        "operators_of_another_language",
        spec('{"if": «"${x.rank > 2 && x.rank < 5}", "then": []}', RELU),
        Finding("MS401", "/layers/0/if", "unexpected '&'", 'write "and"'),
    ),
    of(
        "a_function_that_is_not_there",
        spec('{"type": "Dense", "units": «"${cell(x.rank / 2)}"}'),
        Finding("MS401", "/layers/0/units", "unknown function 'cell'", 'did you mean "ceil"?'),
    ),
    of(
        "unknown_name",
        spec('{"type": "Dense", "units": «"${filtres}"}', more=parameters('"filters": {"type": "integer", "default": 4}')),
        Finding("MS402", "/layers/0/units", 'nothing here is named "filtres"', 'did you mean "filters"?'),
    ),
    of(
        "spec_parameter_in_a_block",
        spec(
            '{"block": "b"}',
            more=parameters('"n": {"type": "integer", "default": 4}')
            + blocks('"b": {"layers": [{"type": "Dense", "units": «"${n}"}]}'),
        ),
        Finding("MS402", "/blocks/b/layers/0/units", 'nothing here is named "n"', "a block sees only its own parameters"),
    ),
    of(
        "default_before_its_parameter",
        spec(RELU, more=parameters('"a": {"type": "integer", "default": «"${b}"}, "b": {"type": "integer", "default": 1}')),
        Finding("MS402", "/parameters/a/default", 'nothing here is named "b"'),
    ),
    of(
        "string_for_a_condition",
        spec('{"if": «"${\'yes\'}", "then": []}'),
        Finding("MS403", "/layers/0/if", "the condition is the string 'yes'"),
    ),
    of(
        "number_for_a_list",
        spec('{"for": "i", "in": «"${5}", "layers": []}'),
        Finding("MS403", "/layers/0/in", "in must be a list", '{"range": n}'),
    ),
    of(
        "comparisons_in_a_chain",
        spec('{"if": «"${2 < x.rank < 5}", "then": []}', RELU),
        Finding("MS403", "/layers/0/if", "expected a number, not the boolean true", 'joined with "and"'),
    ),
    of(
        "an_index_beyond_the_list",
        spec('{"type": "Dense", "units": «"${x.shape[3]}"}'),
        Finding("MS403", "/layers/0/units", "the index 3 is outside a list of 3", "from 0 to 2"),
    ),
    of(
        "division_by_zero",
        spec('{"type": "Dense", "units": «"${1 // (x.rank - 3)}"}'),
        Finding("MS403", "/layers/0/units", "division by zero"),
    ),
    of(
        "range_of_no_integer",
        spec('{"for": "i", "in": «{"range": "${4 / 2}"}, "layers": []}'),
        Finding("MS403", "/layers/0/in", "a range is made of integers, not of the number 2.0", "divide with //"),
    ),
    of(
        "computes_with_an_unknown_size",
        spec('{"type": "Dense", "units": «"${x.shape[0] * 2}"}', inputs='"x": {"shape": ["height", 3]}'),
        Finding("MS404", "/layers/0/units", '"height" is unknown until run time', "make it a parameter"),
    ),
    of(
        "large_expression",
        spec('{"type": "Dense", "units": «"${' + "-" * 40 + '1}"}'),
        Finding("MS405", "/layers/0/units", "nested more than 32 levels"),
    ),
)

TYPES = (
    of(
        "branches_do_not_fit",
        spec(*TWO_SIDES, '{"type": «"Add", "inputs": ["a", "b"]}'),
        Finding("MS501", "/layers/2/type", "the shapes [8, 8, 4] and [8, 8, 5]", "branches that meet"),
    ),
    of(
        "rank_does_not_fit",
        spec('{"type": "Flatten"}', '{"type": «"Conv2D", "filters": 4, "kernel_size": 1}'),
        Finding(
            "MS501",
            "/layers/1/type",
            "Conv2D takes [height, width, channels] (channels_last), but its input is [192]",
            "put Conv2D before the Flatten",
        ),
    ),
    of(
        "an_image_without_channels",
        spec('{"type": «"Conv2D", "filters": 4, "kernel_size": 1}', inputs='"x": {"shape": [28, 28]}'),
        Finding("MS501", "/layers/0/type", "but its input is [28, 28]", "a single channel is an axis, too: [28, 28, 1]"),
    ),
    of(
        "groups_of_unequal_size",
        spec('{"type": "Conv2D", "filters": 4, "kernel_size": 1, "groups": «2}'),
        Finding("MS501", "/layers/0/groups", "3 input channels cannot be split into 2 groups"),
    ),
    of(
        "inside_blocks_and_loops",
        spec(
            '{"for": "n", "in": [4, 5], "layers": [{"block": "b", "with": {"n": "${n}"}}]}',
            more=blocks(
                '"b": {"parameters": {"n": {"type": "integer"}}, "layers": [{"type": "Flatten"}, '
                '{"block": "c", "with": {"n": "${n}"}}]}, "c": {"parameters": {"n": {"type": "integer"}}, '
                '"layers": [{"type": «"Conv2D", "filters": "${n}", "kernel_size": 1}]}'
            ),
        ),
        Finding(
            "MS501",
            "/blocks/c/layers/0/type",
            "but its input is [192]",
            "",
            ("repetition 1 (n = 4)", 'block "b" with n=4', 'block "c" with n=4'),
        ),
    ),
    of(
        "too_few_inputs",
        spec('{"type": «"Add"}'),
        Finding("MS502", "/layers/0/type", "Add takes 2 inputs or more, but gets 1", "inputs"),
    ),
    of(
        "too_many_inputs",
        spec('{"type": "ReLU", "inputs": «["x", "x"]}'),
        Finding("MS502", "/layers/0/inputs", "ReLU takes 1 input, but gets 2"),
    ),
    of(
        "inputs_of_a_block",
        spec('{"block": "b", "inputs": «["x", "x"], "with": {"n": 1}}', more=SCALED),
        Finding("MS502", "/layers/0/inputs", 'the block "b" takes 1 inputs (input), but 2'),
    ),
    of(
        "one_input_for_a_block_of_two",
        spec('«{"block": "b"}', more=blocks('"b": {"inputs": ["l", "r"], "layers": [{"type": "Add", "inputs": ["l", "r"]}]}')),
        Finding("MS502", "/layers/0", 'the block "b" takes 2 inputs (l, r), but gets 1', 'list them under "inputs"'),
    ),
    of(
        "integers",
        spec('{"type": «"Dense", "units": 2}', inputs='"x": {"shape": [3], "dtype": "uint8"}'),
        Finding("MS503", "/layers/0/type", "Dense takes floating-point numbers, but its input is uint8", "Rescaling"),
    ),
    of(
        "integers_come_out",
        spec('{"type": "Flatten"}', inputs='"x": {"shape": [3], "dtype": "int32"}').replace('"layers"', '«"layers"'),
        Finding("MS503", "/layers", 'the output "flatten" is int32'),
    ),
    of(
        "nothing_stands_between",
        spec('{"type": "MaxPooling2D", "pool_size": 4}', '{"type": «"Conv2D", "filters": 1, "kernel_size": 3}'),
        Finding("MS504", "/layers/1/type", "a 3x3 kernel does not fit an input of [2, 2, 3]", 'use padding "same"'),
    ),
    of(
        "too_many_layers",
        spec('{"for": "i", "in": {"range": 100000}, "layers": [{"type": "ReLU"}]}').replace('"layers": [\n', '«"layers": [\n'),
        Finding("MS510", "/layers", "more than 10,000 layers", "fewer or larger blocks"),
    ),
    of(
        "too_many_repetitions_of_nothing",
        spec('{"for": "i", «"in": {"range": "${x.shape[0] * 10000000}"}, "layers": []}'),
        Finding("MS510", "/layers/0/in", "more than 10,000 layers"),
    ),
    of(
        "too_many_parameters",
        spec('{"type": "Flatten"}', '{"type": «"Dense", "units": 2000000000}'),
        Finding("MS511", "/layers/1/type", "has 386,000,000,000 parameters, and the model with it more than 2,147,483,648"),
    ),
    of(
        "too_large_activations",
        spec('{"type": «"ZeroPadding2D", "padding": 100000}'),
        Finding("MS512", "/layers/0/type", "its output [200008, 200008, 3] float32 takes 480,038,400,768 bytes"),
    ),
)

SEVERAL = (
    of(
        "all_at_once",
        spec(
            '{"type": "Dense", «"unit": 4}',
            '{"type": «"Convolution2D"}',
            '{"block": «"nothing"}',
            '{"type": "Dense", "units": «"${n}"}',
            '{"type": "ReLU", "inputs": «"y"}',
        ),
        Finding("MS201", "/layers/0/unit", "unit"),
        Finding("MS205", "/layers/1/type", "Convolution2D"),
        Finding("MS303", "/layers/2/block", "nothing"),
        Finding("MS402", "/layers/3/units", '"n"'),
        Finding("MS301", "/layers/4/inputs", '"y"'),
    ),
    of(
        "all_of_elaboration_at_once",
        spec(
            '{"type": "Conv2D", "name": "a", "filters": «"${1 - 1}", "kernel_size": 1, "inputs": "x"}',
            '{"type": «"Dropout", "rate": 0.5, "inputs": "u"}',
            '{"type": "Add", "inputs": ["a", "x"]}',
            inputs='"x": {"shape": [8, 8, 3]}, "u": {"shape": [1], "dtype": "uint8"}',
        ),
        Finding("MS203", "/layers/0/filters", "filters is 0"),
        Finding("MS503", "/layers/1/type", "Dropout takes floating-point numbers"),
    ),
    of(
        "each_item_of_a_list",
        spec(RELU, inputs='"x": {"shape": [«true, 8, «-3]}'),
        Finding("MS204", "/inputs/x/shape/0", "item 1 of shape is true"),
        Finding("MS203", "/inputs/x/shape/2", "item 3 of shape is -3"),
    ),
    of(
        "a_failed_call_is_not_said_twice",
        spec(
            '{"block": "b", "name": "c", "with": {"n": «"${0.5}"}}', '{"type": "ReLU", "inputs": "c.l"}', more=blocks(FAILING)
        ),
        Finding("MS307", "/layers/0/with/n", "n is 0.5; it must be an integer", "", ('block "b" with n=0.5',)),
    ),
    of(
        "a_failed_condition_is_not_said_twice",
        spec(
            '{"if": «"${1}", "then": [{"type": "ReLU", "name": "a"}], "else": [{"block": "b", "name": "b", "with": {"n": 1}}]}',
            '{"type": "Add", "inputs": ["a", "b.l"]}',
            more=blocks(FAILING),
        ),
        Finding("MS403", "/layers/0/if", "the condition is the integer 1"),
    ),
    of(
        "a_failed_repetition_is_not_said_twice",
        spec('{"for": "i", "in": «"${1}", "name": "r", "layers": []}', '{"type": "ReLU", "inputs": "r"}'),
        Finding("MS403", "/layers/0/in", "in must be a list", '{"range": n}'),
    ),
    of(
        "a_failed_default_is_not_said_twice",
        spec(
            '{"type": "Dense", "units": "${b}"}',
            more=parameters(
                '"a": {"type": "integer", "default": «"${1 // 0}"}, "b": {"type": "integer", "default": "${a + 1}"}, '
                '"c": {"type": "integer", "default": "${b}"}'
            ),
        ),
        Finding("MS403", "/parameters/a/default", "division by zero"),
    ),
    of(
        "a_failed_shape_is_not_said_twice",
        spec(
            '{"type": «"Dense", "units": 3}',
            '{"type": "Conv2D", "filters": 1, "kernel_size": 1}',
            RELU,
            inputs='"x": {"shape": [3], "dtype": "int64"}',
        ),
        Finding("MS503", "/layers/0/type", "int64", "Rescaling"),
    ),
    of(
        "the_same_in_every_repetition_is_said_once",
        spec('{"for": "i", "in": {"range": 5}, "layers": [{"type": «"Dense", "units": 4}]}', inputs='"x": {"shape": [3, "n"]}'),
        Finding("MS501", "/layers/0/layers/0/type", "[3, n]", "", ("repetition 1 (i = 0)",)),
    ),
)

MISTAKES = (*EXPRESSIONS, *TYPES, *SEVERAL)
