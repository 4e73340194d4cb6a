//! How are the parts of sentences written? Times, counts, lists, and the contract's own words as traces have them.

use serde::Serialize;
use std::fmt::{self, Display};
use std::time::Duration;

/// One of the contract's words.
pub(super) struct Word<T>(pub(super) T);

impl<T: Serialize> Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

/// In the largest unit that has it whole.
pub(super) struct Time(pub(super) Duration);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0.as_millis();
        let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s")];
        match units.iter().find(|(unit, _)| time >= *unit && time.is_multiple_of(*unit)) {
            Some((unit, called)) => write!(f, "{} {called}", time / unit),
            None if time == 0 => f.write_str("0 s"),
            None => write!(f, "{time} ms"),
        }
    }
}

/// `never`, `once`, `twice`, `3 times`.
pub(super) struct Times(pub(super) usize);

impl Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("never"),
            1 => f.write_str("once"),
            2 => f.write_str("twice"),
            times => write!(f, "{times} times"),
        }
    }
}

/// Things with something between them; where there are none, the word for that.
pub(super) struct Joined<'a, T>(pub(super) &'a [T], pub(super) &'a str, pub(super) &'a str);

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([first, rest @ ..], between, _) = self else { return f.write_str(self.2) };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|one| write!(f, "{between}{one}"))
    }
}

/// `: ` and things with commas between them, or nothing at all.
pub(super) struct Details<'a, T>(pub(super) &'a [T]);

impl<T: Display> Display for Details<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", Joined(self.0, ", ", "")) }
    }
}

/// A space and what is there, or nothing at all.
pub(super) struct Then<'a, T>(pub(super) &'a str, pub(super) &'a Option<T>);

impl<T: Display> Display for Then<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.iter().try_for_each(|it| write!(f, " {}{it}", self.0))
    }
}
