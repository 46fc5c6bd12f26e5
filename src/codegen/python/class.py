{% for line in comments -%}
{{ pad }}{{ line }}
{% endfor -%}
{% if decorated -%}
{{ pad }}@schema
{% endif -%}
{{ head }}
{% if let Some(doc) = doc -%}
{{ doc }}

{% endif -%}
{{ definition }}
{%- for line in switches %}
{{ line }}
{%- endfor -%}
{%- if let Some(contents) = contents %}

{{ contents }}
{%- endif -%}
{%- if let Some(key_source) = key_source %}

{{ pad }}    @property
{{ pad }}    def key_source(self):
{{ key_source }}
{%- endif -%}
{%- for part in parts %}

{{ part }}
{%- endfor %}
