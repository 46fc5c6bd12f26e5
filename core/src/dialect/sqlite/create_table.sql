CREATE TABLE{% if again %} IF NOT EXISTS{% endif %} {{ table }} (
{%- for line in lines %}
  {{ line }}{% if !loop.last %},{% endif %}
{%- endfor %}
)
