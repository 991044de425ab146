"""Mistakes that people make with the layers of the catalogue: the field that is wrong, what it must be, and how to mend it."""

from __future__ import annotations

from mistakes import RELU, Finding, of, spec

SEQUENCE = '"x": {"shape": [8, 3]}'
VECTOR = '"x": {"shape": [8]}'
FREE = '"x": {"shape": ["height", 8, 3]}'

FIELDS = (
    of(
        "a_number_for_a_regularizer",
        spec('{"type": "Dense", "units": 3, "kernel_regularizer": «0.01}'),
        Finding("MS204", "/layers/0/kernel_regularizer", 'must be a name such as "l1", or an object with a "type"'),
    ),
    of(
        "a_regularizer_in_lower_case",
        spec('{"type": "Dense", "units": 3, "kernel_regularizer": {"type": «"l2", "l2": 0.01}}'),
        Finding("MS203", "/layers/0/kernel_regularizer/type", 'type is "l2", which is not known', 'did you mean "L2"?'),
    ),
    of(
        "an_orthogonal_penalty_on_an_output",
        spec('{"type": "Dense", "units": 3, "activity_regularizer": {"type": «"OrthogonalRegularizer"}}'),
        Finding("MS203", "/layers/0/activity_regularizer/type", 'type is "OrthogonalRegularizer", which is not known'),
    ),
    of(
        "a_list_for_an_activation",
        spec('{"type": "Activation", "activation": «["relu"]}'),
        Finding("MS204", "/layers/0/activation", 'must be a name such as "relu", or an object with a "type"'),
    ),
    of(
        "a_field_of_an_activation_that_is_called_like_its_field",
        spec('{"type": "Activation", "activation": {"type": "threshold", "threshold": 0.7, "default_value": «"low"}}'),
        Finding("MS204", "/layers/0/activation/default_value", 'default_value is "low"; it must be a number'),
    ),
    of(
        "an_activation_by_the_name_of_its_layer",
        spec('{"type": "Activation", "activation": «"LeakyReLU"}'),
        Finding("MS203", "/layers/0/activation", 'activation is "LeakyReLU"', 'did you mean "leaky_relu"?'),
    ),
    of(
        "a_threshold_without_its_numbers",
        spec('{"type": "Activation", "activation": «"threshold"}'),
        Finding("MS204", "/layers/0/activation", 'it must be an object with both numbers: {"type": "threshold"'),
    ),
    of(
        "a_constraint_along_an_axis_that_is_not_there",
        spec('{"type": «"Dense", "units": 3, "bias_constraint": {"type": "UnitNorm", "axis": 1}}'),
        Finding("MS203", "/layers/0/type", 'the weight "bias" has the shape [3], but a constraint is along axis 1'),
    ),
    of(
        "an_orthogonal_bias",
        spec('{"type": «"Dense", "units": 3, "bias_initializer": "orthogonal"}'),
        Finding("MS203", "/layers/0/type", 'the weight "bias" has the shape [3]', "use another initializer"),
    ),
    of(
        "numbers_that_make_no_array",
        spec('{"type": "Dense", "units": 3, "kernel_initializer": {"type": "Constant", "value": «[[1, 2], [3]]}}'),
        Finding("MS204", "/layers/0/kernel_initializer/value", "it must be lists of equal lengths"),
    ),
    of(
        "a_number_beyond_float32",
        spec('{"type": "Dense", "units": 3, "kernel_initializer": {"type": "Constant", "value": «1e300}}'),
        Finding("MS203", "/layers/0/kernel_initializer/value", "it must be between -3.4e38 and 3.4e38"),
    ),
    of(
        "arithmetic_without_an_expression",
        spec('{"type": "Rescaling", "scale": «"1/255"}'),
        Finding("MS204", "/layers/0/scale", 'arithmetic stands in an expression: "${1 / 255}"'),
    ),
    of(
        "one_side_of_a_padding",
        spec('{"type": "ZeroPadding2D", "padding": «[[1, 2], [3]]}'),
        Finding("MS204", "/layers/0/padding", "[height, width], or [[top, bottom], [left, right]]"),
    ),
    of(
        "causal_in_two_dimensions",
        spec('{"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": «"causal"}'),
        Finding("MS203", "/layers/0/padding", 'padding is "causal"; it must be "valid" or "same"'),
    ),
    of(
        "a_size_beyond_32_bits",
        spec('{"type": "MaxPooling1D", "pool_size": «2147483648}', inputs=SEQUENCE),
        Finding("MS203", "/layers/0/pool_size", "pool_size is 2147483648; it must be at most 2147483647"),
    ),
    of(
        "a_size_and_a_half",
        spec('{"type": "UpSampling2D", "size": «1.5}'),
        Finding("MS204", "/layers/0/size", "size is 1.5; it must be a positive integer or a list of 2 positive integers"),
    ),
    of(
        "one_output_size_left_open",
        spec('{"type": "AdaptiveAveragePooling2D", "output_size": [«null, 7]}'),
        Finding("MS204", "/layers/0/output_size/0", "item 1 of output_size is null; it must be an integer"),
    ),
    of(
        "a_percentage_for_a_share",
        spec('{"type": "Dropout", "rate": «20}'),
        Finding("MS203", "/layers/0/rate", "rate is 20; it must be at most 1"),
    ),
)

SHAPES = (
    of(
        "an_image_for_a_sequence",
        spec('{"type": «"LSTM", "units": 4}'),
        Finding(
            "MS501", "/layers/0/type", "LSTM takes [time, features], but its input is [8, 8, 3]", "Reshape makes a sequence"
        ),
    ),
    of(
        "a_second_recurrent_layer_without_sequences",
        spec('{"type": "GRU", "units": 4}', '{"type": «"GRU", "units": 4}', inputs=SEQUENCE),
        Finding("MS501", "/layers/1/type", "GRU takes [time, features], but its input is [4]"),
    ),
    of(
        "a_forget_gate_that_starts_twice",
        spec('{"type": «"LSTM", "units": 4, "bias_initializer": "he_normal"}', inputs=SEQUENCE),
        Finding("MS203", "/layers/0/type", "unit_forget_bias is true and bias_initializer is VarianceScaling", "to false"),
    ),
    of(
        "unrolled_over_an_unknown_time",
        spec('{"type": "GRU", "units": 4, "unroll": «true}', inputs='"x": {"shape": ["time", 3]}'),
        Finding("MS203", "/layers/0/unroll", 'the number of time steps is "time"', 'leave "unroll" out'),
    ),
    of(
        "unrolled_over_a_long_time",
        spec('{"type": "GRU", "units": 4, "unroll": «true}', inputs='"x": {"shape": [5000, 3]}'),
        Finding("MS203", "/layers/0/unroll", "unroll is true for 5,000 time steps", "the numbers are the same"),
    ),
    of(
        "axes_without_the_batch",
        spec('{"type": "LayerNormalization", "axis": «0}'),
        Finding("MS203", "/layers/0/axis", "axis is 0; an input of [8, 8, 3] has axes 1 to 3 after the batch"),
    ),
    of(
        "a_permutation_of_other_axes",
        spec('{"type": "Permute", "dims": «[2, 1]}'),
        Finding("MS203", "/layers/0/dims", "dims is [2, 1]; an input of [8, 8, 3] needs each of 1 to 3 once"),
    ),
    of(
        "elements_that_do_not_fill_a_shape",
        spec('{"type": «"Reshape", "target_shape": [5, 5]}'),
        Finding("MS501", "/layers/0/type", "these are 192 elements, not 25", "the product of the sizes"),
    ),
    of(
        "groups_that_do_not_divide",
        spec('{"type": "GroupNormalization", "groups": «2}'),
        Finding("MS203", "/layers/0/groups", "groups is 2, which does not divide the 3 channels", "-1 gives each channel"),
    ),
    of(
        "strided_and_dilated",
        spec('{"type": "Conv2D", "filters": 4, "kernel_size": 3, "strides": «2, "dilation_rate": 2}'),
        Finding("MS203", "/layers/0/strides", "strides is [2, 2] and dilation_rate is [2, 2]", "Keras refuses both at once"),
    ),
    of(
        "more_output_padding_than_stride",
        spec('{"type": "Conv2DTranspose", "filters": 4, "kernel_size": 3, "output_padding": «1}'),
        Finding("MS203", "/layers/0/output_padding", "output_padding is [1, 1] and strides is [1, 1]", "leave it out"),
    ),
    of(
        "enlarged_by_an_unknown_size",
        spec('{"type": «"UpSampling2D"}', inputs=FREE),
        Finding("MS501", "/layers/0/type", "2 times an unknown size has no name", "use Resizing"),
    ),
    of(
        "an_interpolation_that_frameworks_disagree_on",
        spec('{"type": "Resizing", "height": 4, "width": 4, "interpolation": «"bicubic"}'),
        Finding("MS203", "/layers/0/interpolation", 'interpolation is "bicubic"', 'use "bilinear" or "nearest"'),
    ),
    of(
        "a_list_of_another_length",
        spec('{"type": "Rescaling", "scale": «[1, 2]}'),
        Finding("MS501", "/layers/0/scale", "scale has the shape [2], which does not broadcast to [8, 8, 3]", "the last axis"),
    ),
    of(
        "a_mean_without_a_variance",
        spec('{"type": «"Normalization", "mean": 0.5}'),
        Finding("MS203", "/layers/0/type", "variance is not given", "give both"),
    ),
    of(
        "a_variance_below_0",
        spec('{"type": "Normalization", "mean": [1, 2, 3], "variance": «[1, -4, 0]}'),
        Finding("MS203", "/layers/0/variance", "variance is [1, -4, 0]; it must be 0 or more"),
    ),
    of(
        "a_variance_below_0_in_an_expression",
        spec('{"type": "Normalization", "mean": 0, "variance": «"${1 - 3}"}'),
        Finding("MS203", "/layers/0/variance", "it must be 0 or more"),
    ),
    of(
        "an_unknown_size_with_weights",
        spec('{"type": «"PReLU"}', inputs=FREE),
        Finding("MS501", "/layers/0/type", "PReLU needs a known size along each axis that is not shared", "shared_axes"),
    ),
)

SEVERAL_INPUTS = (
    of(
        "attention_to_nothing",
        spec('{"type": «"MultiHeadAttention", "num_heads": 2, "key_dim": 4}', inputs=SEQUENCE),
        Finding("MS502", "/layers/0/type", "MultiHeadAttention takes 2 to 4 inputs, but gets 1", "may stand there twice"),
    ),
    of(
        "attention_within_a_vector",
        spec('{"type": «"MultiHeadAttention", "num_heads": 2, "key_dim": 4, "inputs": ["x", "x"]}', inputs=VECTOR),
        Finding("MS501", "/layers/0/type", "must have as many axes, [length, features] at the least", "leave out the batch"),
    ),
    of(
        "a_mask_of_numbers",
        spec('{"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 4, "attention_mask": «true, "inputs": ["x", "x", "x"]}',
             inputs=SEQUENCE),
        Finding("MS503", "/layers/0/attention_mask", "an input of MultiHeadAttention is a mask, but it is float32", '"bool"'),
    ),
    of(
        "heads_that_cannot_be_shared",
        spec(
            '{"type": "GroupQueryAttention", "head_dim": 4, "num_query_heads": «6, "num_key_value_heads": 4,'
            ' "inputs": ["x", "x"]}',
            inputs=SEQUENCE,
        ),
        Finding("MS203", "/layers/0/num_query_heads", "num_query_heads is 6", "make num_query_heads a multiple"),
    ),
    of(
        "scores_beyond_all_memory",
        spec('{"type": «"Attention", "inputs": ["x", "x"]}', inputs='"x": {"shape": [1048576, 1]}'),
        Finding("MS512", "/layers/0/type", "it makes 1,099,511,627,776 numbers on the way to its output", "smaller"),
    ),
    of(
        "axes_of_a_product_that_differ",
        spec('{"type": «"Dot", "axes": [1, 2], "inputs": ["x", "x"]}', inputs=SEQUENCE),
        Finding("MS501", "/layers/0/type", "axis 1 of the first (8) and 2 of the second (3)", "axes counts the batch as 0"),
    ),
    of(
        "one_of_many_that_differs",
        spec(
            '{"type": «"Add", "inputs": [' + '"x", ' * 20 + '"y"]}',
            inputs='"x": {"shape": [8, 3]}, "y": {"shape": [8, 4]}',
        ),
        Finding("MS501", "/layers/0/type", "the inputs of Add have the shapes [8, 3] and [8, 4];", "branches that meet"),
    ),
    of(
        "an_input_beyond_all_memory",
        spec(RELU, inputs='"x": {"shape": «[2147483648, 3]}'),
        Finding("MS512", "/inputs/x/shape", "the inputs up to this one take more than 16 GiB an example", "smaller"),
    ),
)  # fmt: skip

MISTAKES = (*FIELDS, *SHAPES, *SEVERAL_INPUTS)
