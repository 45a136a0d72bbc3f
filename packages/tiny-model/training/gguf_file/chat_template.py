"""The Jinja template that a model file carries: ChatML, with tools in the style of Hermes."""

CHAT_TEMPLATE = """{%- set ns = namespace(system='') -%}
{%- if messages and messages[0]['role'] == 'system' -%}{%- set ns.system = messages[0]['content'] -%}{%- endif -%}
{%- if tools -%}
{{- '<|im_start|>system\\n' + (ns.system + '\\n\\n' if ns.system else '') + 'You have tools. To use one, answer with <tool_call>{"name": ..., "arguments": {...}}</tool_call>.\\n<tools>\\n' -}}
{%- for tool in tools -%}{{- tool | tojson + '\\n' -}}{%- endfor -%}
{{- '</tools><|im_end|>\\n' -}}
{%- elif ns.system -%}
{{- '<|im_start|>system\\n' + ns.system + '<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{%- if message['role'] == 'system' -%}
{%- if not loop.first -%}{{- '<|im_start|>system\\n' + message['content'] + '<|im_end|>\\n' -}}{%- endif -%}
{%- elif message['role'] == 'tool' -%}
{{- '<|im_start|>tool\\n<tool_response>\\n' + message['content'] + '\\n</tool_response><|im_end|>\\n' -}}
{%- elif message['role'] == 'assistant' and message['tool_calls'] -%}
{{- '<|im_start|>assistant\\n' + (message['content'] + '\\n' if message['content'] else '') -}}
{%- for call in message['tool_calls'] -%}
{%- set f = call['function'] if call['function'] else call -%}
{{- ('' if loop.first else '\\n') + '<tool_call>\\n{"name": "' + f['name'] + '", "arguments": ' -}}
{%- if f['arguments'] is string -%}{{- f['arguments'] -}}{%- else -%}{{- f['arguments'] | tojson -}}{%- endif -%}
{{- '}\\n</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>\\n' -}}
{%- else -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"""
