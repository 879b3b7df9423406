from __future__ import annotations

from lmstudio_lite.tasks.text.ranking import central_sentences, own_sentences, quotable_sentences

TEXT = (
    "Thank you for coming today. The reactor was shut down because the coolant pump failed. "
    "The coolant pump had been repaired twice before it failed. Lunch is served at noon in the hall. "
    "Without the coolant pump the reactor core would overheat within minutes. Parking is free of charge."
)


def test_sentences_are_the_documents_own_in_its_order() -> None:
    sentences = central_sentences(TEXT, 3)
    positions = [TEXT.index(sentence) for sentence in sentences]
    assert positions == sorted(positions)
    assert len(sentences) == 3


def test_central_ones_are_about_what_the_text_is_about() -> None:
    assert any("coolant pump" in sentence for sentence in central_sentences(TEXT, 1))


def test_short_and_odd_texts_still_give_something() -> None:
    assert central_sentences("Hello.", 3) == ["Hello."]
    assert central_sentences("", 3) == []
    assert central_sentences("反应堆因为冷却泵故障而停机了。停车免费，欢迎光临本厂。", 1)


def test_headings_tables_and_repeated_sentences_are_left_out() -> None:
    text = (
        "# What this chapter is all about\n\n| one | two | three | four | five | six |\n\n"
        "- The **harbour** stays closed until the end of May.\n\n"
        "The harbour stays closed until the end of May.\n\nBoats may land at the old pier instead of it."
    )
    assert central_sentences(text, 5) == [
        "The harbour stays closed until the end of May.",
        "Boats may land at the old pier instead of it.",
    ]


def test_a_sentence_cut_out_of_a_formula_or_brackets_is_the_last_choice() -> None:
    text = (
        "The surface of a ball is a compact space without any border. "
        "R, TZ) is a compact space that is not a surface of a ball. "
        "The space M ⇒ N is a compact surface of a ball as above. "
        "A surface of a ball (or of a bowl) is a compact space that has one side."
    )
    assert central_sentences(text, 2) == [
        "The surface of a ball is a compact space without any border.",
        "A surface of a ball (or of a bowl) is a compact space that has one side.",
    ]
    assert len(central_sentences("The space M ⇒ N is a compact surface of a ball as above.", 2)) == 1


def test_questions_rows_and_rules_are_not_quoted_where_there_are_sentences() -> None:
    text = (
        "# Lease\n\nWhat happens if the boiler breaks one day? "
        "The landlord has it repaired within two days.\n\n"
        "Item | Cost of it in a month\n--- | ---\nHeating of the whole flat in winter | 40 euros\n"
    )
    assert quotable_sentences(text) == ["The landlord has it repaired within two days."]
    assert own_sentences("| a | b |\n| --- | --- |\n| c | d |") == ["| a | b |", "| c | d |"]
