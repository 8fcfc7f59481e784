"""Every statement but Locate's, compiled once for the database at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Integer, Table, bindparam, delete, exists, func, insert, literal_column, select, update
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.dml import Insert

from kmip_server.store.database import Database
from kmip_server.store.rows import FIELD_COLUMNS, LOADED, OBJECT_COLUMNS, TermRow
from kmip_server.store.tables import (
    AUDIT,
    AUDIT_HEAD,
    JOB_ITEMS,
    JOBS,
    KEKS,
    OBJECTS,
    OUTBOX,
    SETTINGS,
    SIGN_INS,
    STREAMS,
    TERMS,
    TICKETS,
)

CHANGING = [name for name in OBJECT_COLUMNS if name not in ("unique_identifier", "object_type", "revision")]
"""The columns that a change writes; ``revision`` is counted up beside them."""

AUDIT_PAGE = 500
"""How many links of the audit chain are read at once."""

_PLACE = ("attribute", "instance", "field", "position")


class Statements:
    """The statements of a transaction as texts for the driver; what each takes stands beside it."""

    def __init__(self, database: Database) -> None:
        def text(statement: ClauseElement, *names: str) -> str:
            prepared = database.prepare(statement)
            if prepared.names != names:
                raise AssertionError(f"{prepared.text} takes {prepared.names}, not {names}")
            return prepared.text

        o, t = OBJECTS.c, TERMS.c
        load = select(*(o[name] for name in LOADED)).where(o.unique_identifier == bindparam("uid"))
        term = ("object", *TermRow._fields)
        self.load = text(load, "uid")
        self.load_for_change = text(load.with_for_update(), "uid")
        shown = [*FIELD_COLUMNS.values()]
        whole = [*OBJECT_COLUMNS, *shown]
        self.insert_object = text(_insert(OBJECTS, whole).returning(o.id), *whole)
        self.insert_term = text(_insert(TERMS, term), *term)
        self.replace = text(_replace([*CHANGING, *shown]), *CHANGING, *shown, "uid", "was")
        self.replace_but_attributes = text(_replace(CHANGING[:-1]), *CHANGING[:-1], "uid", "was")
        self.terms = text(select(*(t[name] for name in TermRow._fields)).where(t.object == bindparam("of")), "of")
        here = [t[name] == bindparam(name) for name in _PLACE]
        self.delete_term = text(delete(TERMS).where(t.object == bindparam("of"), *here), "of", *_PLACE)
        gone = delete(OBJECTS).where(o.unique_identifier == bindparam("uid"), o.revision == bindparam("was"))
        self.delete_object = text(gone.returning(o.id), "uid", "was")
        self.delete_terms = text(delete(TERMS).where(t.object == bindparam("of")), "of")
        self.delete_every_stream = text(delete(STREAMS))
        self.delete_every_term = text(delete(TERMS))
        self.delete_every_object = text(delete(OBJECTS))
        self.keks = text(select(*KEKS.c).order_by(KEKS.c.created, KEKS.c.kek_id))
        self.retire_keks = text(update(KEKS).values(active=literal_column("FALSE")).where(KEKS.c.active))
        self.insert_kek = text(_insert(KEKS, KEKS.c.keys()), *KEKS.c.keys())
        self.due = text(
            select(o.unique_identifier)
            .where(o.rotation_due <= bindparam("now"), o.archived.is_(literal_column("FALSE")))
            .order_by(o.rotation_due)
            .limit(bindparam("most", type_=Integer))
            .offset(literal_column("0"))
            # Whoever comes second passes over what another process is rotating.
            .with_for_update(skip_locked=True),
            "now",
            "most",
        )
        s = SETTINGS.c
        self.setting = text(select(s.value).where(s.name == bindparam("of")), "of")
        self.delete_setting = text(delete(SETTINGS).where(s.name == bindparam("of")), "of")
        self.insert_setting = text(_insert(SETTINGS, s.keys()), *s.keys())
        self._streams(text)
        self._jobs(text)
        self._tickets(text)
        self._sign_ins(text)
        self._outbox(text)
        self._audit(text)

    def _streams(self, text: Callable[..., str]) -> None:
        s = STREAMS.c
        names = s.keys()
        here = s.correlation_value == bindparam("value")
        self.insert_stream = text(_insert(STREAMS, names), *names)
        self.load_stream = text(select(*s).where(here).with_for_update(), "value")
        change = update(STREAMS).values(
            expires=bindparam("until"), revision=s.revision + literal_column("1"), sealed=bindparam("state")
        )
        self.replace_stream = text(change.where(here, s.revision == bindparam("was")), "until", "state", "value", "was")
        self.delete_stream = text(delete(STREAMS).where(here), "value")
        count = select(func.count()).select_from(STREAMS)
        self.count_streams = text(count.where(s.owner == bindparam("whose")), "whose")
        self.drop_streams = text(delete(STREAMS).where(s.object_id == bindparam("of")), "of")
        self.expire_streams = text(delete(STREAMS).where(s.expires <= bindparam("now")), "now")

    def _jobs(self, text: Callable[..., str]) -> None:
        j, i = JOBS.c, JOB_ITEMS.c
        self.insert_job = text(_insert(JOBS, j.keys()), *j.keys())
        self.insert_job_item = text(_insert(JOB_ITEMS, i.keys()), *i.keys())
        here = j.job == bindparam("of")
        self.load_job = text(select(*j).where(here).with_for_update(), "of")
        first = select(*j).order_by(j.due, j.job).limit(literal_column("1")).offset(literal_column("0"))
        self.next_job = text(first.with_for_update(skip_locked=True))
        taken = update(JOBS).values(due=bindparam("until"), attempts=bindparam("count"), token=bindparam("who"))
        self.take_job = text(taken.where(here), "until", "count", "who", "of")
        self.delete_job = text(delete(JOBS).where(here), "of")
        item = i.correlation_value == bindparam("value")
        self.load_job_item = text(select(*i).where(item), "value")
        self.job_items = text(select(*i).where(i.job == bindparam("of")).order_by(i.position), "of")
        owned = select(*i).where(i.owner == bindparam("whose"))
        self.owned_job_items = text(owned.order_by(i.submitted, i.job, i.position), "whose")
        changing = ("stage", "status", "obtained", "expires", "sealed")
        change = update(JOB_ITEMS).values({name: bindparam(f"new_{name}") for name in changing})
        self.replace_job_item = text(change.where(item), *(f"new_{name}" for name in changing), "value")
        self.expire_job_items = text(delete(JOB_ITEMS).where(i.expires <= bindparam("now")), "now")

    def _tickets(self, text: Callable[..., str]) -> None:
        c = TICKETS.c
        this = c.digest == bindparam("of")
        self.ticket = text(select(*c).where(this).with_for_update(), "of")
        self.insert_ticket = text(_insert(TICKETS, c.keys()), *c.keys())
        changed = update(TICKETS).values(expires=bindparam("until"), terms=bindparam("to"))
        self.replace_ticket = text(changed.where(this), "until", "to", "of")
        self.delete_ticket = text(delete(TICKETS).where(this), "of")
        self.delete_tickets = text(delete(TICKETS).where(c.expires <= bindparam("now")), "now")

    def _sign_ins(self, text: Callable[..., str]) -> None:
        c = SIGN_INS.c
        this = c.key == bindparam("of")
        self.sign_in = text(select(*c).where(this), "of")
        self.sign_in_for_change = text(select(*c).where(this).with_for_update(), "of")
        self.insert_sign_in = text(_insert(SIGN_INS, c.keys()), *c.keys())
        changed = update(SIGN_INS).values(expires=bindparam("until"), facts=bindparam("to"))
        self.replace_sign_in = text(changed.where(this), "until", "to", "of")
        self.delete_sign_in = text(delete(SIGN_INS).where(this), "of")
        self.sweep_sign_ins = text(delete(SIGN_INS).where(c.expires <= bindparam("now")), "now")

    def _outbox(self, text: Callable[..., str]) -> None:
        m, earlier = OUTBOX.c, OUTBOX.alias("earlier").c
        names = m.keys()[1:]
        self.insert_message = text(_insert(OUTBOX, names), *names)
        before = exists().where(
            earlier.object_id == m.object_id, earlier.subscriber == m.subscriber, earlier.number < m.number
        )
        ready = select(*m).where(m.due <= bindparam("now"), ~before).order_by(m.due, m.number)
        self.next_message = text(ready.limit(literal_column("1")).offset(literal_column("0")), "now")
        # The moment it was written belongs to it: SQLite gives the number of a forgotten message again.
        mine = [m[name] == bindparam(f"its_{name}") for name in ("number", "created", "attempts")]
        later = update(OUTBOX).values(due=bindparam("until"), attempts=m.attempts + bindparam("more"))
        its = ("its_number", "its_created", "its_attempts")
        self.move_message = text(later.where(*mine), "until", "more", *its)
        self.delete_message = text(delete(OUTBOX).where(*mine), *its)

    def _audit(self, text: Callable[..., str]) -> None:
        a, h = AUDIT.c, AUDIT_HEAD.c
        head = select(h.sequence, h.hash)
        self.head = text(head)
        self.head_held = text(head.with_for_update())
        self.append = text(_insert(AUDIT, a.keys()), *a.keys())
        move = update(AUDIT_HEAD).values(sequence=bindparam("last"), hash=bindparam("end"))
        self.move_head = text(move.where(h.sequence == bindparam("before")), "last", "end", "before")
        page = select(*a).where(a.sequence >= bindparam("first")).order_by(a.sequence)
        self.audit_page = text(page.limit(literal_column(str(AUDIT_PAGE))).offset(literal_column("0")), "first")


def _insert(table: Table, names: Iterable[str]) -> Insert:
    return insert(table).values({name: bindparam(name) for name in names})


def _replace(names: list[str]) -> ClauseElement:
    """Write over the revision that was read, and no other (compare-and-set)."""
    o = OBJECTS.c
    return (
        update(OBJECTS)
        .values({"revision": o.revision + literal_column("1"), **{name: bindparam(name) for name in names}})
        .where(o.unique_identifier == bindparam("uid"), o.revision == bindparam("was"))
        .returning(o.id)
    )
