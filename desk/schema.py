"""Every table, gathered for migrations: importing this module fills ``Base.metadata``."""

from desk.answers import models as answers
from desk.conversations import channel_models as channels
from desk.conversations import models as conversations
from desk.db.base import Base
from desk.journal import models as journal
from desk.mail import models as mail
from desk.staff import models as staff
from desk.tickets import models as tickets

metadata = Base.metadata

__all__ = ["answers", "channels", "conversations", "journal", "mail", "metadata", "staff", "tickets"]
