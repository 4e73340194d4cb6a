//! What is reached in no world, and why?

/// Things of one kind that do not occur, and why.
#[derive(Debug, Clone, Copy)]
pub struct Excused {
    /// Of which kind they are.
    pub kind: &'static str,
    /// Their names.
    pub names: &'static [&'static str],
    /// Why they do not occur.
    pub reason: &'static str,
}

const fn never(kind: &'static str, names: &'static [&'static str], reason: &'static str) -> Excused {
    Excused { kind, names, reason }
}

/// Everything that is excused.
pub const EXCUSED: &[Excused] = &[
    never("refusal", &["Unkept"], "what is kept in the model was written by a hub and makes sense; the hub's tests give it nonsense"),
    never(
        "cell",
        &[
            "session Wanting: OpenRequested [nothing usable] → Wanting",
            "session Wanting: OpenRequested [link down] → Wanting",
            "session Held: OpenRequested [nothing usable] → Held",
            "session Held: OpenRequested [link down] → Held",
        ],
        "the hub does not look for a link for a session that has one: it gives [link up]",
    ),
    never(
        "cell",
        &["roaming Seeking: CandidateFound [same radio] → Offered"],
        "the old link is gone when the hub seeks: its radio is free, and the event says so",
    ),
    never("cell", &["roaming Seeking: Ended → Stable"], "seeking ends within the step in which it begins"),
    never("error", &["UnknownSession"], "the hub has a better name for everything that goes wrong"),
];
