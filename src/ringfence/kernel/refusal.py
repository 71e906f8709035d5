"""A foreseen "no", with a sentence for people and a code for machines."""


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation where Django may not be imported."""
    return sentence


class Refusal(Exception):
    """What was asked cannot be done, and the asker is told why.

    `code` is stable; `sentence` is an English message id with `%(name)s` places, translated where it is shown.
    """

    def __init__(self, code: str, sentence: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence % self.values if self.values else self.sentence
