"""Slips in specs: those with one safe mend, and those that could mean two things."""

from __future__ import annotations

from dataclasses import dataclass

from mistakes import RELU, blocks, spec

DENSE = '{"type": "Dense", "units": 2}'

MENDS = (
    # what is wrong stands between « and »; the last column is what it becomes
    ("python_words", "MS103", spec('{"type": "Dense", "units": 2, "use_bias": «False»}'), "false"),
    ("python_none", "MS103", spec('{"type": "Dense", "units": 2, "bias_regularizer": «None»}'), "null"),
    ("comma_behind_the_last_member", "MS103", spec('{"type": "ReLU"«,»}'), ""),
    ("comma_behind_the_last_item", "MS103", spec(RELU, inputs='"x": {"shape": [8, 3«,» ]}'), ""),
    ("no_comma_between_members", "MS103", spec('{"type": "Dense"«» "units": 2}'), ","),
    ("no_comma_between_items", "MS103", spec(RELU + "«»\n" + RELU), ","),
    ("no_comma_between_strings", "MS103", spec('{"type": "Add", "inputs": ["x"«» "x"]}'), ","),
    ("single_quotes", "MS103", spec("{\"type\": «'ReLU'»}"), '"ReLU"'),
    ("key_in_single_quotes", "MS103", spec("{«'type'»: \"ReLU\"}"), '"type"'),
    ("key_without_quotes", "MS103", spec('{«type»: "ReLU"}'), '"type"'),
    ("key_twice_with_one_value", "MS104", spec('{"type": "Add", "inputs": ["x", "x"]«, "inputs": ["x" ,"x"]»}'), ""),
    ("key_twice_without_a_comma", "MS104", spec('{"type": "ReLU"« "type": "ReLU"»}'), ""),
    ("field_in_camel_case", "MS201", spec('{"type": "MaxPooling2D", «"poolSize"»: 2}'), '"pool_size"'),
    ("field_with_a_dash", "MS201", spec('{"type": "MaxPooling2D", «"pool-size"»: 2}'), '"pool_size"'),
    ("field_with_a_letter_too_few", "MS201", spec('{"type": "MaxPooling2D", «"stride"»: 2}'), '"strides"'),
    ("field_with_letters_swapped", "MS201", spec('{"type": "Dense", «"untis"»: 2}'), '"units"'),
    ("field_of_pytorch", "MS201", spec('{"type": "Dense", «"out_features"»: 2}'), '"units"'),
    (
        "field_of_a_layer_inside",
        "MS201",
        spec('{"type": "TimeDistributed", "layer": {"type": "Dense", «"Units"»: 2}}'),
        '"units"',
    ),
    ("section", "MS201", spec(RELU, more=' «"Parameters"»: {},'), '"parameters"'),
    ("format_version", "MS202", spec(RELU).replace('"format_version": 1, ', "«»"), '"format_version": 1,\n '),
    ("choice", "MS203", spec('{"type": "MaxPooling2D", "padding": «"SAME"»}'), '"same"'),
    ("activation", "MS203", spec('{"type": "Activation", "activation": «"LeakyReLU"»}'), '"leaky_relu"'),
    ("initializer", "MS203", spec('{"type": "Dense", "units": 2, "kernel_initializer": «"heNormal"»}'), '"he_normal"'),
    ("type_inside", "MS203", spec('{"type": "TimeDistributed", "layer": {"type": «"dense"», "units": 2}}'), '"Dense"'),
    ("integer_as_text", "MS204", spec('{"type": "Dense", "units": «"2"»}'), "2"),
    ("size_as_text", "MS204", spec('{"type": "MaxPooling2D", "pool_size": «"2"»}'), "2"),
    ("size_in_a_list_as_text", "MS204", spec('{"type": "MaxPooling2D", "pool_size": [2, «"2"»]}'), "2"),
    ("integer_with_a_point", "MS204", spec('{"type": "Dense", "units": «2.0»}'), "2"),
    ("number_as_text", "MS204", spec('{"type": "Dropout", "rate": «"0.50"»}'), "0.50"),
    ("boolean_as_text", "MS204", spec('{"type": "Dense", "units": 2, "use_bias": «"False"»}'), "false"),
    ("dimension_as_text", "MS204", spec(RELU, inputs='"x": {"shape": [8, «"3"»]}'), "3"),
    ("layer_in_lower_case", "MS205", spec('{"type": «"flatten"»}'), '"Flatten"'),
    ("layer_by_another_name_of_keras", "MS205", spec('{"type": «"MaxPool2D"»}'), '"MaxPooling2D"'),
    ("layer_with_a_letter_too_many", "MS205", spec('{"type": «"Flattten"»}'), '"Flatten"'),
    (
        "input",
        "MS301",
        spec('{"type": "ReLU", "name": "first_part"}', '{"type": "ReLU", "inputs": «"frist_part"»}'),
        '"first_part"',
    ),
    ("output", "MS301", spec('{"type": "ReLU", "name": "a_b"}', more=' "outputs": [«"aB"»],'), '"a_b"'),
    (
        "block",
        "MS303",
        spec('{"block": «"Small"»}', more=blocks(f'"small": {{"layers": [{RELU}]}}')),
        '"small"',
    ),
    (
        "parameter_of_a_block",
        "MS305",
        spec(
            '{"block": "b", "with": {«"Units"»: 2}}',
            more=blocks(
                '"b": {"parameters": {"units": {"type": "integer"}}, "layers": [{"type": "Dense", "units": "${units}"}]}'
            ),
        ),
        '"units"',
    ),
    (
        "value_of_a_parameter",
        "MS307",
        spec(
            '{"block": "b", "with": {"n": «3.0»}}',
            more=blocks('"b": {"parameters": {"n": {"type": "integer"}}, "layers": [{"type": "Dense", "units": "${n}"}]}'),
        ),
        "3",
    ),
)


STAY = (
    ("key_twice_with_two_values", spec('{"type": "Dense", "units": 2, "units": 2.0}')),
    ("key_twice_with_values_that_cannot_be_read", spec('{"type": "Dense", "units": 3000000000, "units": 4000000000}')),
    ("comment", spec(RELU).replace("{", "{ // why\n", 1)),
    ("quotes_inside", spec('{"type": "ReLU", "description": "a "b" c"}')),
    ("quotes_that_touch", spec('{"type": "ReLU", "description": "a """}')),
    ("single_quotes_with_double_inside", spec('{"type": \'a"b\'}')),
    ("numbers_without_a_comma", spec(RELU, inputs='"x": {"shape": [8 8]}')),
    ("nothing_between_commas", spec(RELU, inputs='"x": {"shape": [8,, 8]}')),
    ("not_a_number", spec('{"type": "Dropout", "rate": NaN}')),
    ("names_that_differ_in_a_number", spec('{"type": "ReLU", "name": "conv_1"}', '{"type": "ReLU", "inputs": "conv_2"}')),
    ("names_that_differ_in_a_letter", spec('{"type": "ReLU", "name": "branch_a"}', '{"type": "ReLU", "inputs": "branch_b"}')),
    ("layer_of_more_axes", spec('{"type": "Conv4D", "filters": 2, "kernel_size": 1}')),
    ("layer_of_pytorch", spec('{"type": "BatchNorm2d"}')),
    ("field_that_is_there", spec('{"type": "Dense", "Units": 3, "units": 2}')),
    ("two_fields_for_one", spec('{"type": "Dense", "Units": 3, "UNITS": 2}')),
    ("short_word", spec('{"type": "MaxPooling2D", "padding": "smae"}')),
    (
        "one_of_two",
        spec(
            '{"type": "ReLU", "name": "left_one"}',
            '{"type": "ReLU", "name": "left_ones"}',
            '{"type": "ReLU", "inputs": "left_onee"}',
        ),
    ),
    (
        "name_that_comes_later",
        spec(
            '{"type": "ReLU", "name": "first_part"}',
            '{"type": "ReLU", "inputs": "first_parts"}',
            '{"type": "ReLU", "name": "firstparts"}',
        ),
    ),
    ("half", spec('{"type": "Dense", "units": 2.5}')),
    ("size_below_nothing", spec('{"type": "MaxPooling2D", "pool_size": "-2"}')),
    ("integer_that_no_spec_holds", spec('{"type": "Dense", "units": "3000000000"}')),
    ("one_for_true", spec('{"type": "Dense", "units": 2, "use_bias": 1}')),
    ("expression", spec('{"type": "Dense", "units": "${4 / 2}"}')),
    ("another_format", spec(RELU).replace('"format_version": 1', '"format_version": 2')),
    ("other_json", '{"name": "x", "inputs": {}}'),
    ("not_utf_8", '{"name": "\udcff"}'),
)


SOUND = """{
  "format_version": 1,
  "name": "net",
  "parameters": {
    "filters": { "type": "integer", "default": 8, "minimum": 1 },
    "scaled": { "type": "boolean", "default": true }
  },
  "inputs": { "image": { "shape": [16, 16, 3], "dtype": "float32" } },
  "blocks": {
    "stage_of_two": {
      "parameters": { "strides": { "type": "integer", "default": 1 } },
      "layers": [
        { "type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": "${strides}", "padding": "same", "use_bias": false },
        { "type": "BatchNormalization", "epsilon": 1e-3 },
        { "type": "Activation", "activation": "relu" }
      ]
    }
  },
  "layers": [
    { "if": "${scaled}", "then": [{ "type": "Rescaling", "scale": "${1 / 255}" }] },
    { "block": "stage_of_two", "name": "entry_flow", "with": { "strides": 2 } },
    { "type": "SeparableConv2D", "filters": "${filters}", "kernel_size": [3, 5], "padding": "same" },
    { "type": "Add", "inputs": ["entry_flow", "entry_flow"] },
    { "type": "Dropout", "rate": 0.25, "noise_shape": null },
    { "type": "Flatten" },
    { "type": "Dense", "name": "scores", "units": 10, "activation": "softmax" }
  ]
}
"""


@dataclass(frozen=True)
class Slip:
    """One way to break the sound spec: the text that is changed, and what it becomes."""

    sound: str
    broken: str


SLIPS = tuple(
    Slip(*pair)
    for pair in (
        ('"use_bias": false }', '"use_bias": False }'),
        ('"default": true }', '"default": True }'),
        ('"noise_shape": null', '"noise_shape": None'),
        ("[16, 16, 3]", "[16, 16, 3,]"),
        ('"minimum": 1 }', '"minimum": 1, }'),
        ('"name": "net",\n', '"name": "net"\n'),
        ("1e-3 },", "1e-3 }"),
        ('"units": 10', '"units": "10"'),
        ('"units": 10', '"units": 10.0'),
        ('"kernel_size": [3', '"kernelSize": [3'),
        ('"filters": 4', '"filtesr": 4'),
        ('"padding": "same", "use', '"pading": "same", "use'),
        ('"epsilon"', '"eps"'),
        ('"relu"', "'relu'"),
        ('"SeparableConv2D"', '"SeparableConvolution2D"'),
        ('"Flatten"', '"flatten"'),
        ('"softmax"', '"Softmax"'),
        ('["entry_flow", ', '["entry_folw", '),
        ('{ "block": "stage_of_two"', '{ "block": "stageOfTwo"'),
        ('"with": { "strides"', '"with": { "stride"'),
        ('"float32"', '"Float32"'),
        ('"rate": 0.25', '"rate": "0.25"'),
        ('"then"', "then"),
        ('"format_version": 1,\n  ', ""),
    )
)
