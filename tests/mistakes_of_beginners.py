"""What people write who do not know the language yet; each hint says how to say it here."""

from __future__ import annotations

from mistakes import RELU, SCALED, Finding, Mistake, of, parameters, spec

_N = parameters('"n": {"type": "integer", "default": 2}')


def _without(key: str, hint: str) -> Mistake:
    """Return a spec that lacks a field which every spec has."""
    fields = {"format_version": "1", "name": '"net"', "inputs": '{"x": {"shape": [3]}}', "layers": f"[{RELU}]"}
    text = ", ".join(f'"{name}": {value}' for name, value in fields.items() if name != key)
    return of(f"{key}_left_out", f"«{{{text}}}", Finding("MS202", "", f'the field "{key}" is missing', hint))


def _value(id: str, step: str, code: str, field: str, hint: str, words: str = "") -> Mistake:
    return of(id, spec(step, more=_N), Finding(code, f"/layers/0/{field}", words or f"{field} is", hint))


MISTAKES: tuple[Mistake, ...] = (
    of("no_text", "«", Finding("MS103", "", "the document is empty", "a spec is JSON")),
    of("a_page_of_the_web", "«<html></html>", Finding("MS103", "", "expected a value", "a spec is JSON")),
    of("yaml", "«name: net", Finding("MS103", "", '"name" is not a JSON value', "a spec is JSON")),
    of(
        "a_brace_is_missing_at_the_end",
        '{\n "format_version": 1,\n "layers": [\n  {"type": "ReLU"}\n ]«',
        Finding("MS103", "", "expected ',' or '}'", "the { on line 1 is not closed"),
    ),
    of(
        "a_bracket_is_missing_at_the_end",
        '{\n "format_version": 1,\n "layers": [\n  {"type": "ReLU"}«',
        Finding("MS103", "", "expected ',' or ']'", "the [ on line 3 is not closed"),
    ),
    of(
        "the_config_of_a_keras_model",
        '«{"class_name": "Sequential", "config": {"name": "s"}}',
        Finding("MS101", "", "has no format_version, name, inputs or layers", 'write {"format_version": 1'),
    ),
    of("an_open_string", '{"name": «"net', Finding("MS103", "", "this string is not closed", "put double quotes at its end")),
    of("a_windows_path", '{"name": "C:«\\path"}', Finding("MS103", "", "\\p is no escape of JSON", "for a backslash")),
    of("a_tab_in_a_string", '{"name": "a«\tb"}', Finding("MS103", "", "a string has no \\t in JSON", "write \\t")),
    of("a_quote_that_is_not_closed", '{"name": «\'net}', Finding("MS103", "", "expected double quotes", "stand in double")),
    _without("format_version", 'write "format_version": 1'),
    _without("name", '"name": "my_net"'),
    _without("inputs", '"inputs": {"image": {"shape"'),
    _without("layers", '"layers": [{"type"'),
    of(
        "inputs_are_a_shape",
        '{"format_version": 1, "name": "net", "inputs": «[28, 28, 1], "layers": [{"type": "ReLU"}]}',
        Finding("MS204", "/inputs", "it must be an object", '{"image": {"shape": [28, 28, 1]}}'),
    ),
    of(
        "an_input_is_a_shape",
        spec(RELU, inputs='"x": «[8, 8, 3]'),
        Finding("MS204", "/inputs/x", "it must be an object", 'write {"shape": [8, 8, 3]}'),
    ),
    of(
        "a_shape_with_the_batch",
        spec(RELU, inputs='"x": {"shape": [«null, 8, 8, 3]}'),
        Finding("MS204", "/inputs/x/shape/0", "item 1 of shape is null", "the batch is left out"),
    ),
    of(
        "an_unknown_size_is_minus_1",
        spec(RELU, inputs='"x": {"shape": [«-1, 8, 3]}'),
        Finding("MS203", "/inputs/x/shape/0", "item 1 of shape is -1", 'has a name, such as "height"'),
    ),
    of(
        "a_data_type_of_another_language",
        spec(RELU, inputs='"x": {"shape": [3], "dtype": «"float"}'),
        Finding("MS203", "/inputs/x/dtype", 'dtype is "float"', 'it is called "float32" here'),
    ),
    _value("a_name_for_its_value", '{"type": "Dense", "units": «"n"}', "MS204", "units", 'to read n, write "${n}"'),
    _value("braces_without_a_dollar", '{"type": "Dense", "units": «"{n}"}', "MS204", "units", 'to read n, write "${n}"'),
    _value("a_dollar_without_braces", '{"type": "Dense", "units": «"$n"}', "MS204", "units", 'to read n, write "${n}"'),
    _value("to_count", f'{{"for": "i", "in": «3, "layers": [{RELU}]}}', "MS204", "in", 'to count, write {"range": 3}'),
    _value(
        "an_initializer_of_pytorch",
        '{"type": "Dense", "units": 2, "kernel_initializer": «"xavier_normal"}',
        "MS203",
        "kernel_initializer",
        'it is called "glorot_normal" here',
    ),
    _value(
        "an_error_kept_quiet",
        '{"type": "Dense", "units": 2, "lint": {"ignore": [«"MS204"]}}',
        "MS203",
        "lint/ignore/0",
        "MS204 is an error, which cannot be kept quiet",
        'item 1 of ignore is "MS204"',
    ),
    _value(
        "a_rule_of_another_linter_kept_quiet",
        '{"type": "Dense", "units": 2, "lint": {"ignore": [«"E501"]}}',
        "MS203",
        "lint/ignore/0",
        "lint rules are those from MS901 on",
        'item 1 of ignore is "E501"',
    ),
    of(
        "a_layer_of_a_keras_config",
        spec('«{"class_name": "Dense", "config": {"units": 2}}'),
        Finding("MS206", "/layers/0", "has no type, block, for or if", 'here a layer is {"type": ...}'),
    ),
    of(
        "a_repetition_called_repeat",
        spec(f'«{{"repeat": 3, "layers": [{RELU}]}}'),
        Finding("MS206", "/layers/0", "has no type, block, for or if", '{"for": "i", "in": {"range": 3}, "layers": [...]}'),
    ),
    of(
        "an_input_as_a_layer",
        spec('{"type": «"InputLayer", "shape": [3]}'),
        Finding("MS205", "/layers/0/type", 'no layer type "InputLayer"', 'stands under "inputs"'),
    ),
    of(
        "a_layer_of_code",
        spec('{"type": «"Lambda", "function": "x"}'),
        Finding("MS205", "/layers/0/type", 'no layer type "Lambda"', "a spec holds no code"),
    ),
    of(
        "a_condition_without_a_dollar",
        spec(f'{{"if": «"n == 2", "then": [{RELU}]}}', more=_N),
        Finding("MS204", "/layers/0/if", 'if is "n == 2"', '"${n == 2}"'),
    ),
    of(
        "a_parameter_that_is_its_value",
        spec(RELU, more=parameters('"n": «2.5')),
        Finding("MS204", "/parameters/n", "n is 2.5; it must be an object", '{"type": "number", "default": 2.5}'),
    ),
    of(
        "a_value_beside_with",
        spec('{"block": "b", «"n": 2}', more=SCALED),
        Finding("MS201", "/layers/0/n", 'unknown field "n"', 'stand under "with": {"n": ...}'),
    ),
    of(
        "a_name_that_nobody_gave",
        spec('{"type": "Dense", "units": 2}', '{"type": "ReLU", "inputs": «"dense"}'),
        Finding("MS301", "/layers/1/inputs", 'nothing here is named "dense"', 'once it has a "name"'),
    ),
    of(
        "a_layer_that_calls_a_block",
        spec('{"type": "ReLU", «"block": "b"}'),
        Finding("MS201", "/layers/0/block", 'unknown field "block"', "a step has only one of type, block, for and if"),
    ),
    of(
        "a_call_that_repeats",
        spec('{"block": "b", «"for": "i"}', more=SCALED),
        Finding("MS201", "/layers/0/for", 'unknown field "for"', "a step has only one of type, block, for and if"),
    ),
)
