"""Tags of languages, as BCP 47 writes them."""


def primary_subtag(tag: str) -> str:
    """Return the language of a BCP 47 tag in small letters, without script, region and variants.

    Args:
      tag: As articles have it. It is not checked; the empty tag has an empty language.

    Example:
      >>> primary_subtag("id-ID"), primary_subtag("EN"), primary_subtag("zh-Hant-TW")
      ('id', 'en', 'zh')
    """
    return tag.partition("-")[0].lower()
