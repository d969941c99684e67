"""The people of the town: who they are, who is invited, who may do what."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import context_of
from desk.errors import BadRequest, Conflict, DeskError
from desk.journal.record import record
from desk.staff.accounts import absence, staff_of
from desk.staff.guard import Visit, staff_only
from desk.staff.invitations import invite, waiting_invitations, withdraw
from desk.staff.pages import moment, render
from desk.staff.people.forms import Typed, check_email, check_profile, departments, typed
from desk.staff.people.links import invitation_link
from desk.staff.people.mails import mail_link
from desk.staff.roles import ROLES
from desk.texts import load_texts
from desk.texts.errors import sentence


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(people, "/people", methods=["GET"], name="people")
    pages.add_route(new_invitation, "/people/invite", methods=["POST"], name="people_invite")
    pages.add_route(drop_invitation, "/people/withdraw", methods=["POST"], name="people_withdraw")


@staff_only("people")
async def people(request: Request, visit: Visit) -> HTTPResponse:
    """Everybody, and a form to invite somebody more."""
    return await _page(request, visit)


@staff_only("people")
async def new_invitation(request: Request, visit: Visit) -> HTTPResponse:
    """Invite somebody, and show the link."""
    context, form = context_of(request), typed(request)
    now = context.clock.now()
    try:
        email, profile = check_email(form.email), check_profile(form, visit.commune)
        async with context.database.write() as session:
            token = await invite(session, visit.commune.id, email, profile, visit.staff.id, now)
            mailed = await mail_link(
                session, context.settings, visit.commune, email, token, now, kind="invitation",
                first_name=profile.first_name, by=visit.staff,
            )  # fmt: skip
            record(session, visit.doer, "people.invited", now, email, role=profile.role)
    except (BadRequest, Conflict) as error:
        return await _page(request, visit, error=error, form=form)
    return link_page(request, visit, token, email, mailed=mailed, kind="invitation")


@staff_only("people")
async def drop_invitation(request: Request, visit: Visit) -> HTTPResponse:
    """The invitation's link stops working."""
    context, email = context_of(request), typed(request).email
    now = context.clock.now()
    async with context.database.write() as session:
        await withdraw(session, visit.commune.id, email, now)
        record(session, visit.doer, "people.uninvited", now, email)
    return redirect("/staff/people", status=303)


def link_page(request: Request, visit: Visit, token: str, email: str, *, mailed: bool,
              kind: str) -> HTTPResponse:  # fmt: skip
    """The link, this once: it is kept nowhere, so there is no page to be redirected to."""
    link = invitation_link(context_of(request).settings, token)
    return render("people/link.html", visit=visit, link=link, email=email, mailed=mailed, kind=kind)


async def _page(request: Request, visit: Visit, error: DeskError | None = None,
                form: Typed | None = None) -> HTTPResponse:  # fmt: skip
    context = context_of(request)
    now = context.clock.now()
    async with context.database.read() as session:
        staff = await staff_of(session, visit.commune.id)
        invitations = await waiting_invitations(session, visit.commune.id, now)
    return render(
        "people/list.html", status=int(error.status) if error else 200, visit=visit,
        people=[(person, absence(visit.commune, person, now)) for person in staff], invitations=invitations,
        form=form or Typed(role="agent"), error=sentence(load_texts(), error) if error else "",
        roles=ROLES, departments=departments(visit.commune), names=visit.commune.department_name,
        moment=lambda value: moment(visit.commune, value),
    )  # fmt: skip
