{#
  Make the tables of the lake: on DuckDB a view of each over the files that the commits list, or over
  the lake's Iceberg tables. Other adapters have them from `warta load` or `warta sql`.
#}
{% macro attach_lake() %}
  {{ return(adapter.dispatch("attach_lake", "warta")()) }}
{% endmacro %}

{% macro default__attach_lake() %}{% endmacro %}

{% macro duckdb__attach_lake() %}
  {% if execute %}
    {% set schema = adapter.quote(var("warta_schema")) %}
    {% do run_query("create schema if not exists " ~ schema) %}
    {% for path in var("warta_extensions") %}
      {% do run_query("load " ~ warta.text(path)) %}
    {% endfor %}
    {% for table, columns in warta.lake_columns().items() %}
      {% set source = warta.lake_table(table, columns) %}
      {% do run_query("create or replace view " ~ schema ~ "." ~ table ~ " as " ~ source) %}
    {% endfor %}
  {% endif %}
{% endmacro %}

{# A query for a table of the lake, with the columns of today; those that older files lack are null. #}
{% macro lake_table(table, columns) %}
  {% set names = columns.keys() | map("tojson") | join(", ") %}
  {% set typed = [] %}
  {% for name, type in columns.items() %}
    {% do typed.append("cast(null as " ~ type ~ ") as " ~ (name | tojson)) %}
  {% endfor %}
  {% set empty = "select " ~ typed | join(", ") ~ " where false" %}
  {% if var("warta_read") == "iceberg" and table != "feeds" %}
    {% set path = warta.text(var("warta_lake") ~ "/_iceberg/" ~ table) %}
    {% set rows = "select * from iceberg_scan(" ~ path ~ ")" %}
  {% else %}
    {% set files = warta.lake_files(table) %}
    {% if not files %}{{ return(empty) }}{% endif %}
    {% set listed = files | join(", ") %}
    {% set rows = "select * from read_parquet([" ~ listed ~ "], union_by_name = true, hive_partitioning = false)" %}
  {% endif %}
  {{ return("select " ~ names ~ " from (" ~ empty ~ " union all by name " ~ rows ~ ")") }}
{% endmacro %}

{# The live files of a table as literals: those that a commit lists, and that none has replaced. #}
{% macro lake_files(table) %}
  {% set lake = var("warta_lake") %}
  {% set query %}
    with commits as (
      from read_json({{ warta.text(warta.as_path(lake) ~ "/_commits/*.json") }}, columns = {
        files: 'STRUCT(path VARCHAR, "table" VARCHAR)[]', replaced: 'VARCHAR[]'})
    )
    select distinct file.path
    from (select unnest(files) as file from commits)
    where file."table" = {{ warta.text(table) }}
      and file.path not in (select unnest(replaced) from commits)
    order by 1
  {% endset %}
  {% set files = [] %}
  {% for row in run_query(query).rows %}
    {% do files.append(warta.text(warta.as_path(lake ~ "/" ~ row[0]))) %}
  {% endfor %}
  {{ return(files) }}
{% endmacro %}

{% macro text(value) %}{{ return("'" ~ (value | replace("'", "''")) ~ "'") }}{% endmacro %}

{# A path that DuckDB does not take for a pattern. #}
{% macro as_path(path) %}
  {{ return(path | replace("[", "[[]") | replace("*", "[*]") | replace("?", "[?]")) }}
{% endmacro %}
