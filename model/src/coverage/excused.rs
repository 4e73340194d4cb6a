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
    never("cell", &["session Held: OpenRequested [link up] → Held"], "clients of the model do not open what they hold"),
    never("row", &["§5 open, Held: once more"], "clients of the model do not open what they hold"),
    never("row", &["§5 close, Free: nothing"], "clients of the model close only what they opened"),
    never(
        "cell",
        &[
            "link Undefined: Reported Absent → Absent",
            "link Undefined: Reported Absent [operation under way] → Absent",
            "link Undefined: Reported Undefined → Undefined",
            "link Undefined: Reported Undefined [operation under way] → Undefined",
            "link Absent: Reported Absent → Absent",
            "link Absent: Reported Absent [operation under way] → Absent",
            "link Absent: Reported Undefined → Undefined",
            "link Absent: Reported Undefined [operation under way] → Undefined",
            "link Defined: Reported Absent → Absent",
            "link Defined: Reported Absent [operation under way] → Absent",
            "link Defined: Reported Undefined → Undefined",
            "link Defined: Reported Undefined [operation under way] → Undefined",
            "link Down: Reported Absent → Absent",
            "link Down: Reported Absent [operation under way] → Absent",
            "link Down: Reported Undefined → Undefined",
            "link Down: Reported Undefined [operation under way] → Undefined",
            "link Up: Reported Absent → Absent",
            "link Up: Reported Absent [operation under way] → Absent",
            "link Up: Reported Undefined → Undefined",
            "link Up: Reported Undefined [operation under way] → Undefined",
            "link Raising: Reported Absent → Absent",
            "link Raising: Reported Absent [operation under way] → Raising",
            "link Raising: Reported Undefined → Undefined",
            "link Raising: Reported Undefined [operation under way] → Raising",
            "link Lowering: Reported Absent → Absent",
            "link Lowering: Reported Absent [operation under way] → Lowering",
            "link Lowering: Reported Undefined → Undefined",
            "link Lowering: Reported Undefined [operation under way] → Lowering",
        ],
        "executors of the model report Defined, Discovered and Active; Absent is what the hub makes of an executor that is gone",
    ),
    never("cell", &["link Absent: Reported Absent [executor gone] → Absent"], "an executor of the model is gone only once"),
    never(
        "cell",
        &[
            "link Undefined: Reported Defined [operation under way] → Defined",
            "link Undefined: Reported Discovered [operation under way] → Down",
            "link Undefined: Reported Active [operation under way] → Up",
        ],
        "nothing is commanded of a link before its first report",
    ),
    never(
        "cell",
        &[
            "link Absent: Reported Defined [operation under way] → Defined",
            "link Absent: Reported Discovered [operation under way] → Down",
            "link Absent: Reported Active [operation under way] → Up",
        ],
        "an executor of the model that is back has nothing under way",
    ),
    never(
        "cell",
        &[
            "link Undefined: Reported Active → Up",
            "link Defined: Reported Active → Up",
            "link Defined: Reported Active [operation under way] → Up",
        ],
        "no world of the set quick has others that take a link up before it is reported in reach",
    ),
    never(
        "cell",
        &["link Up: Reported Discovered [operation under way] → Down", "link Up: Reported Active [operation under way] → Up"],
        "no world of the set quick has an operation under way on a link that others took up",
    ),
    never(
        "cell",
        &["link Absent: Unwatched → Absent"],
        "given only when a configuration is removed, and none is in the model; an executor that is gone is not asked",
    ),
    never(
        "cell",
        &["link Undefined: Unwatched → Undefined"],
        "executors of the model never report Undefined, so no link of ours becomes it",
    ),
    never(
        "cell",
        &["roaming Offered: CandidateFound [same radio] → Offered"],
        "needs three access points, two on the current one's radio or more; no world of the set quick has them",
    ),
    never(
        "cell",
        &["roaming Seeking: CandidateFound [same radio] → Offered"],
        "the old link is gone when the hub seeks: its radio is free, and the event says so",
    ),
    never("cell", &["roaming Seeking: Ended → Stable"], "seeking ends within the step in which it begins"),
    never("catalogue signal", &["Added", "Removed"], "configurations are neither added nor removed in the model"),
    never("cause", &["Removed"], "configurations are not removed in the model"),
    never("row", &["§5 configuration removed"], "configurations are not removed in the model"),
    never("catalogue signal", &["RefreshCompleted"], "nobody asks for a scan in the model"),
    never("error", &["UnknownSession"], "the hub has a better name for everything that goes wrong"),
    never(
        "cause",
        &["Authentication", "NoLease", "CarrierLost", "Vanished", "TakenDown"],
        "executors give it and the hub passes it on; those of the model give Unknown",
    ),
    never("cause", &["CannotStartStop"], "executors of the model can start and stop every link"),
    never("row", &["§5 stop, the executor cannot"], "executors of the model can start and stop every link"),
    never(
        "cell",
        &["roaming Committing: Refused → Restoring"],
        "no world of the set quick has both a shared radio and a default route that cannot be switched",
    ),
];
