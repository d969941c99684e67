"""The report on the training data."""

from bot.data_report.figures import measure


def test_counts_neighbours_and_near_duplicates():
    rows = measure(
        {
            "faq/passeport": ["refaire mon passeport vite", "refaire mon passeport vite !", "timbre fiscal"],
            "faq/pacs": ["se pacser en mairie", "timbre fiscal ?"],
            "faq/piscine": ["horaires du bassin"],
        }
    )
    passport = rows[0]
    assert (passport.count, passport.words) == (3, 5)
    assert passport.near == [("refaire mon passeport vite", "refaire mon passeport vite !")]
    assert passport.clashes == [("timbre fiscal", "faq/pacs", "timbre fiscal ?")]
    assert passport.neighbours[0][0] == "faq/pacs"
