CREATE TABLE IF NOT EXISTS {{ table }} (
{%- for line in lines %}
  {{ line }}{% if !loop.last %},{% endif %}
{%- endfor %}
) ENGINE={{ engine }}{% if let Some(comment) = comment %} COMMENT={{ comment }}{% endif %}
