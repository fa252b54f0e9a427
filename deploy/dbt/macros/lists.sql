{# What each engine calls the elements of a list of structs, and a field of one. #}
{% macro unnest(column, alias) %}
  {{ return(adapter.dispatch("unnest", "warta")(column, alias)) }}
{% endmacro %}

{% macro default__unnest(column, alias) %}{{ return("cross join unnest(" ~ column ~ ") as list_of_" ~ alias ~ "(" ~ alias ~ ")") }}{% endmacro %}
{% macro bigquery__unnest(column, alias) %}{{ return("cross join unnest(" ~ column ~ ") as " ~ alias) }}{% endmacro %}
{% macro snowflake__unnest(column, alias) %}{{ return("cross join lateral flatten(input => " ~ column ~ ") as " ~ alias) }}{% endmacro %}
{% macro postgres__unnest(column, alias) %}{{ return("cross join jsonb_array_elements(" ~ column ~ ") as list_of_" ~ alias ~ "(" ~ alias ~ ")") }}{% endmacro %}

{% macro field(alias, name) %}
  {{ return(adapter.dispatch("field", "warta")(alias, name)) }}
{% endmacro %}

{% macro default__field(alias, name) %}{{ return(alias ~ "." ~ name) }}{% endmacro %}
{% macro snowflake__field(alias, name) %}{{ return(alias ~ ".value:" ~ name ~ "::varchar") }}{% endmacro %}
{% macro postgres__field(alias, name) %}{{ return("(" ~ alias ~ " ->> '" ~ name ~ "')") }}{% endmacro %}
