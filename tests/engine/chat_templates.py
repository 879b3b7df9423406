# ruff: noqa: E501  (templates, as they are)
"""Chat templates: hostile ones, those of other callers, and some in the style of each family."""

from __future__ import annotations

from lmstudio_lite.engine.templates.chat_format import CHATML, Options

__all__ = ["CHATML", "FAMILIES", "GENERATION", "HOSTILE", "NO_HEADER", "PARTS", "TOOLS"]

DOUBLED = "{% set n = namespace(x=START) %}{% for i in range(99) %}{% set n.x = STEP %}{% endfor %}{{ n.x }}"

HOSTILE = [
    # One filter, method or operator that makes something huge; some of them while the template is compiled.
    "{{ 2|round(400000000, 'ceil') }}",
    "{{ 2|round(400000000, 'floor') }}",
    "{{ [1]|batch(500000000, 1)|list }}",
    "{{ [1]|slice(500000000)|list }}",
    "{{ 'x'.ljust(2000000000) }}",
    "{{ 'x'.rjust(2000000000) }}",
    "{{ 'x'.center(2000000000) }}",
    "{{ 'x'.zfill(2000000000) }}",
    "{{ 'x'|center(2000000000) }}",
    "{{ '\\t'.expandtabs(2000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%.1000000000f' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ '{:.999999999f}'.format(1) }}",
    "{{ '{0:{1}}'.format(1, 1000000000) }}",
    "{{ '{a:>1000000000}'.format_map({'a': 1}) }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ 'a\\nb'|indent(10 ** 9) }}",
    "{{ 'a\\nb'|indent('x' * 10 ** 9) }}",
    "{{ ('x' * 100000)|replace('x', 'y' * 100000) }}",
    "{{ ('x' * 100000).replace('x', 'y' * 100000) }}",
    "{{ ['x'] * 10 ** 9 }}",
    "{{ 'x' * 10 ** 9 }}",
    "{{ 10 ** 9 * 'x' }}",
    "{{ (1,) * 10 ** 9 }}",
    "{{ (['x'] * 100000)|join('y' * 100000) }}",
    "{{ ('y' * 100000).join(['x'] * 100000) }}",
    "{{ {'a': 1}|tojson(indent=10 ** 9) }}",
    "{{ ('x' * 10000000)|list|pprint }}",
    "{{ ('x ' * 10000000)|wordwrap(1, true, 'y' * 1000) }}",
    "{{ ('http://a.b ' * 5000000)|urlize }}",
    "{{ ('x' * 50000000)|e|urlencode|upper|title }}",
    "{{ lipsum(n=10 ** 8) }}",
    "{{ lipsum(n=1, min=10 ** 8, max=10 ** 9) }}",
    "{{ range(10 ** 9)|list }}",
    "{{ range(99999)|map('string')|map('center', 99999)|list }}",
    # Numbers.
    "{{ 9 ** 9 ** 9 }}",
    "{{ (9 ** 99999) ** 999 }}",
    "{{ 2 ** 99999999 // 3 }}",
    "{{ (10 ** 5000000)|string }}",
    "{{ ('9' * 50000000)|int }}",
    DOUBLED.replace("START", "9").replace("STEP", "n.x * n.x"),
    DOUBLED.replace("START", "9").replace("STEP", "n.x ** n.x"),
    # Doubling.
    DOUBLED.replace("START", "'x'").replace("STEP", "n.x ~ n.x"),
    DOUBLED.replace("START", "'x'").replace("STEP", "n.x + n.x"),
    DOUBLED.replace("START", "[1]").replace("STEP", "n.x + n.x"),
    DOUBLED.replace("START", "[1]").replace("STEP", "[n.x, n.x]"),
    DOUBLED.replace("START", "'&'").replace("STEP", "n.x|e"),
    DOUBLED.replace("START", "'x'").replace("STEP", "n.x|replace('x', 'xx')"),
    DOUBLED.replace("START", "'x'").replace("STEP", "n.x|urlencode ~ n.x|urlencode"),
    DOUBLED.replace("START", "'x'").replace("STEP", "'%s%s' % (n.x, n.x)"),
    DOUBLED.replace("START", "'x'").replace("STEP", "'{0}{0}'.format(n.x)"),
    DOUBLED.replace("START", "'x'").replace("STEP", "[n.x, n.x]|join"),
    DOUBLED.replace("START", "{'a': 1}")
    .replace("STEP", "dict(a=n.x, b=n.x)")
    .replace("n.x }}", "n.x|tojson }}"),
    # Structures that are small in memory and endless to walk.
    "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}"
    "{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ [n.x]|sort }}",
    "{% set n = namespace(x=(1,)) %}{% for i in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}",
    "{% set n = namespace(x=(1,)) %}{% for i in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}"
    "{{ [n.x, n.x]|unique|list }}",
    "{% set n = namespace(x={}) %}{% for i in range(60) %}{% set n.x = {'a': n.x, 'b': n.x} %}{% endfor %}"
    "{{ n.x|xmlattr }}",
    # Loops.
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% set r = range(99999)|list %}{% for i in r %}{% for j in r %}{% set k = i * j %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{{ i in r }}{% endfor %}{% endfor %}",
    "{% for i in 'x' * 99999 %}{% for j in 'x' * 99999 %}x{% endfor %}{% endfor %}",
    "{% for i in range(99999) recursive %}{{ loop(range(99999)) }}{% endfor %}",
    "{% set c = cycler(1, 2) %}{% for i in range(99999) %}{% for j in range(9999) %}{{ c.next() }}{% endfor %}"
    "{% endfor %}",
    "{% set s = joiner('x' * 999999) %}{% for i in range(99999) %}{{ s() }}{% endfor %}",
    "{% set r = range(99999)|list %}{% for i in r %}{{ (r|sort)[0] }}{% endfor %}",
    "{% set r = range(99999)|list %}{% for i in r %}{{ r|random in r }}{% endfor %}",
    "{% set r = range(99999)|list %}{% for i in r %}{{ r|sum + r|length + r|last }}{% endfor %}",
    "{% set r = range(99999)|list %}{% for i in r %}{{ r|groupby('real')|length }}{% endfor %}",
    "{% set r = range(99999)|list %}{% for i in r %}{{ r|select('in', r)|list|length }}{% endfor %}",
    "{% set s = 'x' * 999999 %}{% for i in range(99999) %}{{ s.count('y') + s.find('y') }}{% endfor %}",
    "{% set s = 'x' * 999999 %}{% for i in range(99999) %}{{ s == s.lower() }}{% endfor %}",
    "{% set s = ('a' * 9999 ~ 'b') %}{% for i in range(99999) %}{{ (s * 99)|striptags|wordcount }}{% endfor %}",
    # Macros, blocks and inheritance.
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{{ caller(n) }}{% endmacro %}{% for i in range(99999) %}{% for j in range(9999) %}"
    "{% call(x) m(1) %}{{ x }}{% endcall %}{% endfor %}{% endfor %}",
    "{% macro a(n) %}{% if n %}{{ b(n - 1) }}{{ b(n - 1) }}{% endif %}{% endmacro %}"
    "{% macro b(n) %}{% if n %}{{ a(n - 1) }}{{ a(n - 1) }}{% endif %}{% endmacro %}{{ a(80) }}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% filter center(2000000000) %}x{% endfilter %}",
    # While it is compiled.
    "{{ " + "(" * 60_000 + "1" + ")" * 60_000 + " }}",
    "{{ " + "[" * 60_000 + "]" * 60_000 + " }}",
    "{{ " + "-" * 200_000 + "1 }}",
    "{{ " + "not " * 60_000 + "1 }}",
    "{{ 1 " + "+ 1 " * 60_000 + "}}",
    "{{ 'a' " + "~ 'a' " * 40_000 + "}}",
    "{{ a" + ".a" * 100_000 + " }}",
    "{{ a" + "|e" * 100_000 + " }}",
    "{% if 1 %}" * 12_000 + "{% endif %}" * 12_000,
    "{% for i in [1] %}" * 30 + "{% endfor %}" * 30,
    "{% if a %}" + "{% elif a %}" * 20_000 + "{% endif %}",
    "{{ a }}" * 36_000,
    "{% set a = 1 %}" * 17_000,
    "{# " * 80_000,
    "{% raw %}" * 28_000,
    "{{ '" + "\\" * 200_000,
    "{{ 9" + "9" * 200_000 + " }}",
    "{{ 1e" + "9" * 200_000 + " }}",
    "x" * 300_000,
]

GENERATION = CHATML.replace(
    "{{ m.content }}<|im_end|>\n", "{% generation %}{{ m.content }}<|im_end|>\n{% endgeneration %}"
)
PARTS = CHATML.replace(
    "{{ m.content }}",
    "{% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}",
)
NO_HEADER = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
TOOLS = "{% if tools is not none %}{{ tools | tojson }}{% endif %}{{ documents or '' }}" + CHATML

LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
LLAMA_3 = (
    "{{- bos_token }}\n{%- if not date_string is defined %}\n    {%- if strftime_now is defined %}\n"
    "        {%- set date_string = strftime_now('%d %b %Y') %}\n    {%- endif %}\n{%- endif %}\n"
    "{%- if not tools is defined %}\n    {%- set tools = none %}\n{%- endif %}\n"
    "{%- for message in messages %}\n    {%- if not (message.role == 'ipython' or 'tool_calls' in message) %}\n"
    "        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
    " + message['content'] | trim + '<|eot_id|>' }}\n"
    "    {%- elif message.role == 'tool' %}\n        {{- message.content | tojson }}\n    {%- endif %}\n"
    "{%- endfor %}\n{%- if add_generation_prompt %}\n"
    "    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}\n"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ message['content'] + eos_token }}{% else %}"
    "{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
GEMMA_3 = (
    "{{ bos_token }}\n{%- if messages[0]['role'] == 'system' -%}\n"
    "    {%- if messages[0]['content'] is string -%}\n"
    "        {%- set first_user_prefix = messages[0]['content'] + '\n\n' -%}\n    {%- else -%}\n"
    "        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\n\n' -%}\n    {%- endif -%}\n"
    "    {%- set loop_messages = messages[1:] -%}\n{%- else -%}\n    {%- set first_user_prefix = '' -%}\n"
    "    {%- set loop_messages = messages -%}\n{%- endif -%}\n{%- for message in loop_messages -%}\n"
    "    {%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}\n"
    "    {{ '<start_of_turn>' + role + '\n' + (first_user_prefix if loop.first else '') }}\n"
    "    {%- if message['content'] is string -%}\n        {{ message['content'] | trim }}\n"
    "    {%- elif message['content'] is iterable -%}\n        {%- for item in message['content'] -%}\n"
    "            {%- if item['type'] == 'image' -%}{{ '<start_of_image>' }}"
    "{%- elif item['type'] == 'text' -%}{{ item['text'] | trim }}{%- endif -%}\n        {%- endfor -%}\n"
    "    {%- else -%}\n        {{ raise_exception('Invalid content type') }}\n    {%- endif -%}\n"
    "    {{ '<end_of_turn>\n' }}\n{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}\n    {{ '<start_of_turn>model\n' }}\n{%- endif -%}\n"
)
PHI_3 = (
    "{% for message in messages %}{{'<|' + message['role'] + '|>' + '\n' + message['content'] + '<|end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
)
DEEPSEEK = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
    "{% set ns = namespace(is_first=false, is_output_first=true, system_prompt='') %}"
    "{%- for message in messages %}{%- if message['role'] == 'system' %}"
    "{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}"
    "{%- for message in messages %}{%- if message['role'] == 'user' %}{{'<｜User｜>' + message['content']}}"
    "{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}"
    "{% set content = message['content'] %}{% if '</think>' in content %}"
    "{% set content = content.split('</think>')[-1] %}{% endif %}"
    "{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor -%}"
    "{% if add_generation_prompt %}{{'<｜Assistant｜><think>\\n'}}{% endif %}"
)
QWEN_3 = (
    "{%- if tools %}\n    {{- '<|im_start|>system\\n' }}\n    {%- if messages[0].role == 'system' %}\n"
    "        {{- messages[0].content + '\\n\\n' }}\n    {%- endif %}\n"
    '    {{- "# Tools\\n\\n<tools>" }}\n    {%- for tool in tools %}\n        {{- "\\n" }}\n'
    '        {{- tool | tojson }}\n    {%- endfor %}\n    {{- "\\n</tools><|im_end|>\\n" }}\n{%- else %}\n'
    "    {%- if messages[0].role == 'system' %}\n"
    "        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}\n    {%- endif %}\n{%- endif %}\n"
    "{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}\n"
    "{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n"
    '    {%- if ns.multi_step_tool and message.role == "user" and message.content is string'
    " and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n"
    "        {%- set ns.multi_step_tool = false %}\n        {%- set ns.last_query_index = index %}\n"
    "    {%- endif %}\n{%- endfor %}\n{%- for message in messages %}\n"
    "    {%- set content = message.content if message.content is string else '' %}\n"
    '    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}\n'
    "        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}\n"
    "    {%- elif message.role == \"assistant\" %}\n        {%- set reasoning_content = '' %}\n"
    "        {%- if message.reasoning_content is string %}\n"
    "            {%- set reasoning_content = message.reasoning_content %}\n        {%- else %}\n"
    "            {%- if '</think>' in content %}\n"
    "                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1]"
    ".lstrip('\\n') %}\n                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
    "            {%- endif %}\n        {%- endif %}\n"
    "        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning_content) %}\n"
    "            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n')"
    " + '\\n</think>\\n\\n' + content.lstrip('\\n') }}\n        {%- else %}\n"
    "            {{- '<|im_start|>' + message.role + '\\n' + content }}\n        {%- endif %}\n"
    "        {%- if message.tool_calls %}\n            {%- for tool_call in message.tool_calls %}\n"
    "                {{- '<tool_call>\\n' + tool_call.name }}\n            {%- endfor %}\n        {%- endif %}\n"
    "        {{- '<|im_end|>\\n' }}\n    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n"
    "    {{- '<|im_start|>assistant\\n' }}\n"
    "    {%- if enable_thinking is defined and enable_thinking is false %}\n"
    "        {{- '<think>\\n\\n</think>\\n\\n' }}\n    {%- endif %}\n{%- endif %}"
)
HARMONY = (
    "{%- macro render_system(level) -%}\n    {{- 'You are ChatGPT.\\n' }}\n"
    "    {{- 'Reasoning: ' + level + '\\n\\n' }}\n"
    "    {{- '# Valid channels: analysis, commentary, final.' }}\n{%- endmacro -%}\n"
    "{%- if reasoning_effort is not defined %}{%- set reasoning_effort = 'medium' %}{%- endif %}\n"
    "{{- '<|start|>system<|message|>' }}{{- render_system(reasoning_effort) }}{{- '<|end|>' }}\n"
    "{%- for message in messages -%}\n    {%- if message.role == 'assistant' -%}\n"
    "        {%- if loop.last and not add_generation_prompt -%}\n"
    "            {{- '<|start|>assistant<|channel|>final<|message|>' + message.content + '<|return|>' }}\n"
    "        {%- else -%}\n"
    "            {{- '<|start|>assistant<|channel|>final<|message|>' + message.content + '<|end|>' }}\n"
    "        {%- endif -%}\n    {%- elif message.role == 'system' -%}\n"
    "        {{- '<|start|>developer<|message|># Instructions\\n\\n' + message.content + '<|end|>' }}\n"
    "    {%- else -%}\n        {{- '<|start|>user<|message|>' + message.content + '<|end|>' }}\n"
    "    {%- endif -%}\n{%- endfor -%}\n{%- if add_generation_prompt -%}{{- '<|start|>assistant' }}{%- endif -%}\n"
    "{#- <|channel|>analysis<|message|> #}"
)
COMMAND_R = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% if system_message != false %}"
    "{{ '<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>' + system_message + '<|END_OF_TURN_TOKEN|>' }}{% endif %}"
    "{% for message in loop_messages %}{% set content = message['content'] %}"
    "{% if message['role'] == 'user' %}"
    "{{ '<|START_OF_TURN_TOKEN|><|USER_TOKEN|>' + content.strip() + '<|END_OF_TURN_TOKEN|>' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' + content.strip() + '<|END_OF_TURN_TOKEN|>' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' }}{% endif %}"
)
FAMILIES: dict[str, tuple[str, Options, str]] = {
    "llama-2": (
        LLAMA_2,
        {},
        "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHello [/INST] Hi! </s><s>[INST] Bye [/INST]",
    ),
    "llama-3": (
        LLAMA_3,
        {},
        "<s><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHi!<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    "mistral": (MISTRAL, {}, "<s>[INST] Be kind.\n\nHello [/INST]Hi!</s>[INST] Bye [/INST]"),
    "gemma": (
        GEMMA,
        {},
        "<s><start_of_turn>user\nBe kind.\n\nHello<end_of_turn>\n<start_of_turn>model\nHi!<end_of_turn>\n"
        "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n",
    ),
    "gemma-3": (
        GEMMA_3,
        {},
        "<s><start_of_turn>user\nBe kind.\n\nHello<end_of_turn>\n<start_of_turn>model\nHi!<end_of_turn>\n"
        "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n",
    ),
    "phi-3": (
        PHI_3,
        {},
        "<|system|>\nBe kind.<|end|>\n<|user|>\nHello<|end|>\n<|assistant|>\nHi!<|end|>\n<|user|>\nBye<|end|>\n"
        "<|assistant|>\n",
    ),
    "deepseek-r1": (
        DEEPSEEK,
        {},
        "<s>Be kind.<｜User｜>Hello<｜Assistant｜>Hi!<｜end▁of▁sentence｜><｜User｜>Bye<｜Assistant｜><think>\n",
    ),
    "qwen-3": (
        QWEN_3,
        {"enable_thinking": False},
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
        "<|im_start|>assistant\nHi!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
        "<|im_start|>assistant\n<think>\n\n</think>\n\n",
    ),
    "gpt-oss": (
        HARMONY,
        {"reasoning_effort": "high"},
        "<|start|>system<|message|>You are ChatGPT.\nReasoning: high\n\n"
        "# Valid channels: analysis, commentary, final.<|end|>"
        "<|start|>developer<|message|># Instructions\n\nBe kind.<|end|><|start|>user<|message|>Hello<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hi!<|end|><|start|>user<|message|>Bye<|end|>"
        "<|start|>assistant",
    ),
    "command-r": (
        COMMAND_R,
        {},
        "<s><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>Be kind.<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>Hello<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Hi!<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>Bye<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    ),
}
