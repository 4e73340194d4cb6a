//! What must hold: the safety properties of SPEC §14, each with its sentence and with what must be seen so that it is not vacuous.

/// A safety property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// S1 to S19.
    pub name: &'static str,
    /// What always holds.
    pub sentence: &'static str,
    /// What happens in some run, so that the sentence says something.
    pub witness: &'static str,
}

const fn property(name: &'static str, sentence: &'static str, witness: &'static str) -> Property {
    Property { name, sentence, witness }
}

/// S1 to S19, in order; the number of a property is its index plus one.
pub const ALL: [Property; 19] = [
    property(
        "S1",
        "an open session is Connected or Roaming, and Connected only on a link that is up; on what is removed it is closed and Invalid",
        "a session is open",
    ),
    property(
        "S2",
        "every open, and every request to scan, is answered exactly once; no open waits while nothing is tried, none fails while something is left to try",
        "an open is answered",
    ),
    property("S3", "no error comes to who neither asked nor was engaged", "an error is told"),
    property(
        "S4",
        "stop gives every other holder one closed and one SessionAborted, and so does the removal of what it holds",
        "a stop ends another session",
    ),
    property("S5", "at most one Raise is outstanding per link, and none on one that is removed", "a link is raised"),
    property("S6", "a link is lowered only by force, or when nobody leases it and we raised it", "a link is lowered"),
    property("S7", "the same state is never notified twice in a row", "a state is notified"),
    property("S8", "what the getters say is what was last notified", "a session is told it is open"),
    property("S9", "answers that are stale or do not fit the phase are refused by name and change nothing", "an answer is refused"),
    property(
        "S10",
        "in Migrating and Trial both links are leased, the old one while it is alive",
        "a session is in Trial with its old link up",
    ),
    property(
        "S11",
        "after a confirmed accept the old link is not leased, after ignore, reject and close not the candidate",
        "an accept is confirmed",
    ),
    property(
        "S12",
        "offers are for admissible, unsuppressed members, upgrades for settled ones, never for the current one",
        "something is offered",
    ),
    property("S13", "a link's holders are exactly the sessions that lease it", "a link is leased"),
    property("S14", "after a resync the links are a function of snapshot and leases", "a resync arrives"),
    property("S15", "two access points on one radio are never raised together", "a link on a shared radio is raised"),
    property("S16", "at most one offer is open per session, and it is the one the getters show", "an offer is replaced or withdrawn"),
    property("S17", "activation is announced only after the executor reported the link active", "an activation is announced"),
    property("S18", "no voluntary roam begins while suppressed, none at all while Off", "a voluntary roam begins"),
    property(
        "S19",
        "the default route is never on a mere candidate, and where it should be when nothing is pending",
        "the default route is switched",
    ),
];

/// Sets of properties, by number.
#[must_use]
pub const fn bit(number: u32) -> u32 {
    1 << (number - 1)
}
