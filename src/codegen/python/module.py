{{ header }}
{% if let Some(doc) = doc -%}
{{ doc }}

{% else %}
{% endif -%}
{% for group in imports -%}
{% for line in group -%}
{{ line }}
{% endfor %}
{% endfor -%}
{% if let Some(referenced) = referenced -%}
# The tables that the definitions refer to.
{{ referenced }}

{% endif -%}
{% for line in schema -%}
{{ line }}
{% endfor -%}
{% for class in classes %}

{{ class }}
{% endfor -%}
