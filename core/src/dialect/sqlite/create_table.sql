CREATE TABLE IF NOT EXISTS {{ table }} (
{%- for line in lines %}
  {{ line }}{% if !loop.last %},{% endif %}
{%- endfor %}
)
