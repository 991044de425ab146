"""Mistakes that need no values: the text, the fields, the names."""

from __future__ import annotations

from mistakes import NAME_RULE, RELU, SCALED, Finding, blocks, of, parameters, spec

TEXT = (
    of("not_an_object", '«["Dense"]', Finding("MS101", "", 'the document is ["Dense"]', "format_version")),
    of("not_utf_8", '{"name": "«\udcff"}', Finding("MS102", "", "byte 0xff is not UTF-8", "save the file as UTF-8")),
    of("comma_at_the_end", spec('{"type": "ReLU",«}'), Finding("MS103", "", "a comma stands before '}'", "remove the comma")),
    of(
        "key_twice",
        spec('{"type": "ReLU", «"type": "ReLU"}'),
        Finding("MS104", "", '"type" stands twice', "the first is on line 5"),
    ),
    of("large_integer", spec('{"type": "Dense", "units": «3000000000}'), Finding("MS105", "", "3000000000 is beyond")),
    of("too_deep", "[" * 64 + "«[" + "]" * 65, Finding("MS106", "", "nested more than 64 levels deep")),
    of(
        "block_file_of_no_file",
        spec('{"block": "b"}', more=blocks('"b": {"use": «"b.json"}')),
        Finding("MS107", "/blocks/b/use", "there is no folder to look for block files in", "name a root folder"),
    ),
)

FIELDS = (
    of(
        "misspelt_field",
        spec('{"type": "Conv2D", "filters": 8, «"kernal_size": 3}'),
        Finding("MS201", "/layers/0/kernal_size", 'unknown field "kernal_size"', 'did you mean "kernel_size"?'),
    ),
    of(
        "misspelt_field_of_a_layer_inside",
        spec('{"type": "Bidirectional", "layer": {"type": "LSTM", "units": 2, «"unit_forget": true}}'),
        Finding("MS201", "/layers/0/layer/unit_forget", 'unknown field "unit_forget"', 'did you mean "unit_forget_bias"?'),
    ),
    of(
        "misspelt_field_of_any_layer_inside",
        spec('{"type": "TimeDistributed", "layer": {"type": "Dense", "units": 2, «"use_bais": true}}'),
        Finding("MS201", "/layers/0/layer/use_bais", 'unknown field "use_bais"', 'did you mean "use_bias"?'),
    ),
    of(
        "misspelt_field_two_layers_down",
        spec('{"type": "TimeDistributed", "layer": {"type": "Bidirectional", "layer": {"type": "GRU", «"unit": 2}}}'),
        Finding("MS201", "/layers/0/layer/layer/unit", 'unknown field "unit"', 'did you mean "units"?'),
    ),
    of(
        "misspelt_parameter_of_a_function",
        spec('{"type": "Dense", "units": 2, "activation": {"type": "elu", «"aplha": 1.0}}'),
        Finding("MS201", "/layers/0/activation/aplha", 'unknown field "aplha"', 'did you mean "alpha"?'),
    ),
    of(
        "unknown_field_of_an_initializer",
        spec('{"type": "Dense", "units": 2, "kernel_initializer": {"type": "Constant", «"units": 1.0}}'),
        Finding("MS201", "/layers/0/kernel_initializer/units", 'unknown field "units"', "known here: value"),
    ),
    of(
        "unknown_section",
        spec(RELU, more=' «"layer": [],'),
        Finding("MS201", "/layer", 'unknown field "layer"', 'did you mean "layers"?'),
    ),
    of(
        "unknown_field_of_a_call",
        spec('{"block": "b", «"width": {"n": 4}}', more=SCALED),
        Finding("MS201", "/layers/0/width", 'unknown field "width"', 'did you mean "with"?'),
    ),
    of(
        "misspelt_range",
        spec('{"for": "i", "in": {«"rang": 3}, "layers": []}'),
        Finding("MS201", "/layers/0/in/rang", 'unknown field "rang"', 'did you mean "range"?'),
    ),
    of("missing_field", spec('«{"type": "Dense"}'), Finding("MS202", "/layers/0", 'the field "units" is missing')),
    of(
        "missing_sections",
        '«{"format_version": 1, "name": "net"}',
        Finding("MS202", "", 'the field "inputs" is missing'),
        Finding("MS202", "", 'the field "layers" is missing'),
    ),
    of(
        "parameter_without_a_type",
        spec(RELU, more=parameters('"n": «{"default": 3}')),
        Finding("MS202", "/parameters/n", 'the field "type" is missing'),
    ),
    of(
        "out_of_range",
        spec('{"type": "Dense", "units": «0}'),
        Finding("MS203", "/layers/0/units", "units is 0; it must be at least 1"),
    ),
    of(
        "computed_out_of_range",
        spec('{"type": "Dense", "units": «"${2 - 2}"}'),
        Finding("MS203", "/layers/0/units", 'units is 0; it must be at least 1 (from "${2 - 2}")'),
    ),
    of(
        "not_a_choice",
        spec('{"type": "MaxPooling2D", "padding": «"smae"}'),
        Finding("MS203", "/layers/0/padding", 'padding is "smae"; it must be "valid" or "same"', 'did you mean "same"?'),
    ),
    of(
        "unknown_activation",
        spec('{"type": "Activation", "activation": «"rleu"}'),
        Finding("MS203", "/layers/0/activation", 'activation is "rleu"', 'did you mean "relu"?'),
    ),
    of(
        "unknown_parameter_type",
        spec(RELU, more=parameters('"n": {"type": «"int"}')),
        Finding("MS203", "/parameters/n/type", 'type is "int"', 'it is called "integer" here'),
    ),
    of(
        "no_layers",
        '{"format_version": 1, "name": "net", "inputs": {"x": {"shape": [3]}}, "layers": «[]}',
        Finding("MS203", "/layers", "layers is []; it must be a list of at least 1"),
    ),
    of(
        "computed_data_format",
        spec(RELU, more=' "data_format": «"${\'nchw\'}",'),
        Finding("MS203", "/data_format", 'data_format is "nchw"; it must be channels_last or channels_first'),
    ),
    of(
        "computed_dtype",
        spec(RELU, inputs='"x": {"shape": [3], "dtype": «"${[1]}"}'),
        Finding("MS203", "/inputs/x/dtype", "dtype is [1]; it must be one of float32"),
    ),
    of(
        "string_for_a_number",
        spec('{"type": "Dense", "units": «"7"}'),
        Finding("MS204", "/layers/0/units", 'units is "7"; it must be an integer'),
    ),
    of(
        "true_for_an_integer",
        spec('{"type": "Dense", "units": «true}'),
        Finding("MS204", "/layers/0/units", "units is true; it must be an integer"),
    ),
    of(
        "divided_with_one_slash",
        spec('{"type": "Dense", "units": «"${8 / 2}"}'),
        Finding("MS204", "/layers/0/units", "units is 4.0; it must be an integer", "divide with // to get an integer"),
    ),
    of(
        "null_where_there_is_none",
        spec('{"type": "Dense", "units": «"${null}"}'),
        Finding("MS204", "/layers/0/units", "units is null; it must be an integer"),
    ),
    of(
        "layers_of_a_document_that_does_not_fit_its_model",
        spec('«{"tpye": "ReLU"}', '{"type": "Dense", "units": «0}', more=blocks('"b": {"layers": [{"type": «"Dens"}]}')),
        Finding("MS205", "/blocks/b/layers/0/type", "", 'did you mean "Dense"?'),
        Finding("MS206", "/layers/0", "this step has no type, block, for or if", 'did you mean "type"?'),
        Finding("MS203", "/layers/1/units", "units is 0; it must be at least 1"),
    ),
    of(
        "minus_one_in_a_shape",
        spec(RELU, inputs='"x": {"shape": [«-1, 3]}'),
        Finding("MS203", "/inputs/x/shape/0", "item 1 of shape is -1; it must be at least 1"),
    ),
    of(
        "computed_shape",
        spec(RELU, inputs='"x": {"shape": «["${1 - 1}", 3]}'),
        Finding("MS204", "/inputs/x/shape", "shape is [0, 3]; it must be a list of sizes"),
    ),
    of(
        "unknown_size_in_a_field",
        spec('{"type": "Dense", "units": «"${x.shape[0]}"}', inputs='"x": {"shape": ["height", 3]}'),
        Finding("MS404", "/layers/0/units", 'units is "height"; it must be an integer'),
    ),
    of(
        "range_of_four",
        spec('{"for": "i", "in": {"range": «[0, 4, 1, 1]}, "layers": []}'),
        Finding("MS203", "/layers/0/in/range", "a list of at most 3"),
    ),
    of(
        "unknown_layer",
        spec('{"type": «"Conv2d", "filters": 8, "kernel_size": 3}'),
        Finding("MS205", "/layers/0/type", 'there is no layer type "Conv2d"', 'did you mean "Conv2D"?'),
    ),
    of(
        "no_kind_of_step",
        spec('«{"layer": "ReLU"}'),
        Finding("MS206", "/layers/0", "this step has no type, block, for or if", '{"type": ...}'),
    ),
    of("a_string_for_a_step", spec('«"ReLU"'), Finding("MS206", "/layers/0", 'a step is "ReLU"', '{"type": ...}')),
    of(
        "bad_name",
        spec('{"type": "ReLU", "name": «"a/b"}'),
        Finding("MS207", "/layers/0/name", f'name is "a/b"; it must be {NAME_RULE}'),
    ),
    of(
        "computed_bad_name",
        spec('{"type": "ReLU", "name": «"${1}"}'),
        Finding("MS207", "/layers/0/name", f"name is 1; it must be {NAME_RULE}"),
    ),
    of(
        "bad_key",
        spec(RELU, more=blocks('«"1st": {"layers": []}')),
        Finding("MS207", "/blocks/1st", f'"1st" is not a name; a name is {NAME_RULE}'),
    ),
    of(
        "keyword_parameter",
        spec(RELU, more=parameters('«"if": {"type": "integer", "default": 1}')),
        Finding("MS207", "/parameters/if", '"if" is a word of the expression language'),
    ),
    of(
        "keyword_variable",
        spec('{"for": «"min", "in": [1], "layers": []}'),
        Finding("MS207", "/layers/0/for", '"min" is a word of the expression language'),
    ),
    of(
        "named_batch",
        spec(RELU, inputs='"x": {"shape": «["batch", 3]}'),
        Finding("MS207", "/inputs/x/shape", '"batch"', "leave the batch out of shapes"),
    ),
    of(
        "newer_format",
        '{"format_version": «2, "name": "net", "features": [], "layers": 3}',
        Finding(
            "MS208", "/format_version", "format_version is 2; this compiler reads 1", "a newer format needs a newer modelspec"
        ),
    ),
    of("older_format", spec(RELU).replace('n": 1', 'n": «0'), Finding("MS208", "/format_version", "format_version is 0")),
)

NAMES = (
    of(
        "unknown_input",
        spec('{"type": "ReLU", "name": "act"}', '{"type": "Add", "inputs": ["x", «"atc"]}'),
        Finding("MS301", "/layers/1/inputs/1", 'nothing here is named "atc"', 'did you mean "act"?'),
    ),
    of(
        "not_in_the_branch_taken",
        spec('{"if": false, "then": [{"type": "ReLU", "name": "a"}]}', '{"type": "ReLU", "inputs": «"a"}'),
        Finding("MS301", "/layers/1/inputs", 'nothing here is named "a"'),
    ),
    of(
        "output_not_in_the_branch_taken",
        spec(
            '{"block": "b"}',
            more=blocks('"b": {"layers": [{"if": false, "then": [{"type": "ReLU", "name": "a"}]}], "outputs": [«"a"]}'),
        ),
        Finding("MS301", "/blocks/b/outputs/0", 'nothing here is named "a"', "", ('block "b"',)),
    ),
    of(
        "unknown_output",
        spec('{"type": "ReLU", "name": "a"}', more=' "outputs": {"y": «"b"},'),
        Finding("MS301", "/outputs/y", 'nothing here is named "b"'),
    ),
    of(
        "computed_unknown_output",
        spec('{"type": "ReLU", "name": "${\'a\'}"}', more=' "outputs": ["a", «"b"],'),
        Finding("MS301", "/outputs/1", 'nothing here is named "b"'),
    ),
    of(
        "name_twice",
        spec('{"type": "ReLU", "name": "a"}', '{"type": "ReLU", "name": «"a"}'),
        Finding("MS302", "/layers/1/name", '"a" is already taken', "unique among siblings"),
    ),
    of(
        "computed_name_twice",
        spec('{"for": "i", "in": [1, 2], "layers": [{"type": "ReLU", "name": «"r${3}"}]}'),
        Finding("MS302", "/layers/0/layers/0/name", '"r3" is already taken', "", ("repetition 2 (i = 2)",)),
    ),
    of(
        "input_named_as_a_parameter",
        spec(RELU, inputs='«"n": {"shape": [3]}', more=parameters('"n": {"type": "integer", "default": 1}')),
        Finding("MS302", "/inputs/n", '"n" is also the name of a parameter'),
    ),
    of(
        "output_twice",
        spec('{"type": "ReLU", "name": "a"}', more=' "outputs": ["a", «"a"],'),
        Finding("MS302", "/outputs/1", '"a" is an output already'),
    ),
    of(
        "output_named_as_an_input",
        spec('{"type": "ReLU", "name": "a"}', more=' "outputs": {"x": «"a"},'),
        Finding("MS302", "/outputs/x", '"x" is the name of an input and of an output'),
    ),
    of(
        "unknown_block",
        spec('{"block": «"c", "with": {"n": 4}}', more=SCALED),
        Finding("MS303", "/layers/0/block", 'there is no block "c"', "known here: b"),
    ),
    of(
        "cycle",
        spec('{"block": "a"}', more=blocks('"a": {"layers": [{"block": "b"}]}, "b": {"layers": [{"block": «"a"}]}')),
        Finding("MS304", "/blocks/b/layers/0/block", "in a cycle: a -> b -> a"),
    ),
    of(
        "cycle_of_one_that_nothing_calls",
        spec(RELU, more=blocks('"a": {"layers": [{"block": «"a"}]}')),
        Finding("MS304", "/blocks/a/layers/0/block", "in a cycle: a -> a"),
    ),
    of(
        "unknown_argument",
        spec('{"block": "b", "with": {"n": 4, «"m": 5}}', more=SCALED),
        Finding("MS305", "/layers/0/with/m", 'the block "b" has no parameter "m"', "known here: n"),
    ),
    of(
        "unknown_parameter",
        spec(RELU, more=f"\n «{parameters('').strip()}"),
        Finding("MS305", "/parameters", 'the spec has no parameter "m"'),
        m=4,
    ),
    of(
        "missing_argument",
        spec('«{"block": "b"}', more=SCALED),
        Finding("MS306", "/layers/0", 'the block "b" needs "n"', 'write "with": {"n": ...}'),
    ),
    of(
        "missing_parameter",
        spec(RELU, more=parameters('«"n": {"type": "integer"}')),
        Finding("MS306", "/parameters/n", '"n" has no value and no default'),
    ),
    of(
        "default_out_of_range",
        spec(RELU, more=parameters('"n": {"type": "integer", "default": «1, "minimum": 2}')),
        Finding("MS307", "/parameters/n/default", "default is 1; it must be at least 2"),
    ),
    of(
        "argument_of_another_type",
        spec('{"block": "b", "with": {"n": «"four"}}', more=SCALED),
        Finding("MS307", "/layers/0/with/n", 'n is "four"; it must be an integer'),
    ),
    of(
        "computed_argument",
        spec('{"for": "i", "in": [6], "layers": [{"block": "b", "with": {"n": «"${i / 2}"}}]}', more=SCALED),
        Finding(
            "MS307",
            "/layers/0/layers/0/with/n",
            "n is 3.0; it must be an integer",
            "divide with //",
            ("repetition 1 (i = 6)", 'block "b" with n=3.0'),
        ),
    ),
    of(
        "no_choice",
        spec(RELU, more=parameters('"n": {"type": "string", "default": «"c", "choices": ["a", "b"]}')),
        Finding("MS307", "/parameters/n/default", 'default is "c"; it must be one of "a" or "b"'),
    ),
    of(
        "several_inputs",
        spec(f"«{RELU}", inputs='"x": {"shape": [3]}, "y": {"shape": [3]}'),
        Finding("MS308", "/layers/0", "there are several inputs", "x, y"),
    ),
    of(
        "block_without_a_result",
        spec('{"block": "b", "inputs": ["x", "x"]}', more=blocks('"b": {"inputs": ["l", "r"], «"layers": []}')),
        Finding("MS308", "/blocks/b/layers", "it has several inputs and takes no step", "", ('block "b"',)),
    ),
    of(
        "reads_what_comes_later",
        spec('{"type": "ReLU", "inputs": «"a"}', '{"type": "ReLU", "name": "a"}'),
        Finding("MS309", "/layers/0/inputs", '"a" is made after this step', "there are no cycles"),
    ),
    of(
        "unused_input",
        spec('{"type": "ReLU", "inputs": "x"}', inputs='"x": {"shape": [3]}, «"y": {"shape": [3]}'),
        Finding("MS310", "/inputs/y", 'no output depends on the input "y"', "read it or remove it"),
    ),
    of(
        "nothing_is_left",
        spec('{"if": false, "then": [{"type": "ReLU"}]}').replace('"layers"', '«"layers"'),
        Finding("MS311", "/layers", 'the output "x" is the input itself'),
    ),
    of(
        "an_input_handed_out",
        spec('{"type": "ReLU"}', more='\n «"outputs": {"y": "x"},'),
        Finding("MS311", "/outputs", 'the output "y" is the input itself'),
    ),
)

MISTAKES = (*TEXT, *FIELDS, *NAMES)
