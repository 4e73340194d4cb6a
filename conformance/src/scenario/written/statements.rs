//! How is a step written? One statement: a deed, something that happens, or something that must be so.

use super::super::words::{Event, Fate, Verdict, What};
use super::deeds::Begun;
use super::looks::Named;
use super::terms::{Details, Joined, Time, Times, Word};
use super::{indent, line};
use std::fmt;

/// Without indentation; the lines of what is repeated are indented below one of this depth.
pub(super) fn written(f: &mut fmt::Formatter<'_>, what: &What, depth: usize) -> fmt::Result {
    match what {
        What::Session { name, on, options } => write!(f, "session {name} on {on}{}", Details(options)),
        What::Does(who, deed, answer) => write!(f, "{who} {deed}{answer}"),
        What::Begins(who, deed) => write!(f, "{who} {}", Begun(deed)),
        What::Answered(who, verb, answer) => write!(f, "{who} has the answer to {verb}{answer}"),
        What::Happens(name, event) => write!(f, "{name} {event}"),
        What::Daemon(fate) => write!(f, "the daemon {fate}"),
        What::Remove(name) => write!(f, "{name} is removed"),
        What::SaveTraffic(save) => f.write_str(if *save { "the system saves traffic" } else { "the system saves no traffic" }),
        What::Refresh => f.write_str("the list is refreshed"),
        What::After(time, more) if more.is_zero() => write!(f, "after {}", Time(*time)),
        What::After(time, more) => write!(f, "after {} and {} more each time", Time(*time), Time(*more)),
        What::Says(who, words) => write!(f, "{who} says {}", Joined(words, ", ", "")),
        What::Silent(time) if time.is_zero() => f.write_str("nobody says anything"),
        What::Silent(time) => write!(f, "nobody says anything for {}", Time(*time)),
        What::Is(name, looks) => write!(f, "{name} is {}", Joined(looks, ", ", "")),
        What::Commands(name, raised, lowered) => write!(f, "{name} was raised {}, lowered {}", Times(*raised), Times(*lowered)),
        What::Scans(times) => write!(f, "the list was refreshed {}", Times(*times)),
        What::Route(None) => f.write_str("the default route is as found"),
        What::Route(Some(through)) => write!(f, "the default route goes through {through}"),
        What::DefaultIs(name) => write!(f, "the default configuration is {}", Named(name)),
        What::Always(names) => write!(f, "from here on {} is up", Joined(names, " or ", "")),
        What::Lists(None, names) => write!(f, "configurations are {}", Joined(names, ", ", "none")),
        What::Lists(Some(least), names) => {
            write!(f, "configurations that are at least {} are {}", Word(least), Joined(names, ", ", "none"))
        }
        What::Peer { with, who, said } => write!(f, "in Qt with {with} {who} says {}", Joined(said, ", ", "nothing")),
        What::Verdict(Verdict::Same) => f.write_str("that is the same"),
        What::Verdict(Verdict::Different(why)) => write!(f, "that is deliberately different: {why}"),
        What::Verdict(Verdict::Defect(why)) => write!(f, "that is a defect of Qt: {why}"),
        What::Repeat(times, steps) => {
            writeln!(f, "repeat {times} times")?;
            steps.iter().try_for_each(|step| line(f, step, depth + 1))?;
            indent(f, depth)?;
            f.write_str("end")
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("is cut"),
            Self::Mended => f.write_str("is mended"),
            Self::TakenDown => f.write_str("is taken down"),
            Self::BroughtUp => f.write_str("is brought up"),
            Self::LosesCarrier => f.write_str("loses its carrier"),
            Self::LosesCredentials => f.write_str("loses its credentials"),
            Self::Raise(ends) => write!(f, "from now on raises and {ends}"),
            Self::Prefer(ends) => write!(f, "from now on is preferred and {ends}"),
            Self::Duplicate => f.write_str("repeats its last report"),
            Self::Late => f.write_str("repeats the report before its last"),
            Self::Carries(bytes) => write!(f, "carries {bytes} bytes"),
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Killed => "is killed",
            Self::Back => "is back",
            Self::Resync => "says how everything stands",
        })
    }
}
