"""The application at Meta that the tests and the demonstration play: invented, and worth nothing."""

APP_ID = "123456789"
APP_SECRET = "secret-of-tests"
VERIFY_TOKEN = "verify-of-tests"
PAGE, VALBREUIL = "100000000000001", "100000000000002"
TOKENS = {PAGE: "TOKEN-DEMO", VALBREUIL: "TOKEN-VAL"}
NAMES = {PAGE: "Ville de Sainte-Aure", VALBREUIL: "Valbreuil"}

# Meta's pages disagree by a digit about the number of the Page inbox; here each says its own.
INBOX_IN_ECHOES = 26390203743090
INBOX = "263902037430900"
OTHER_APP = "555000111"
