"""warta: news sources into a lake of cleaned, tagged, deduplicated Parquet."""
