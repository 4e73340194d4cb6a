//! How is a state kept in sixteen bytes? As the numbers of its records in dictionaries, side by side.

use std::fmt;

/// A part of a state, by its order in codes: links, sessions, the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Link(usize),
    Session(usize),
    Rest,
}

/// More parts than any world that fits has.
pub(super) const MOST: usize = 12;

/// Numbers of records, by part.
pub(super) type Numbers = [u32; MOST];

/// How the states of a world are made up, and how many bits of a code each number takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) links: usize,
    parts: usize,
    each: [(Part, u32); MOST],
    /// How far each number lies from the right.
    shifts: [u32; MOST],
}

/// The least numbers of bits that are of use, and the most that are needed.
const LINK: u32 = 12;
const SESSION: u32 = 16;
const REST: u32 = 16;
const WIDEST: u32 = 28;

/// What does not fit a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unfit {
    /// More links and sessions than a code has room for.
    World,
    /// More different links than there are numbers.
    Links,
    /// More different sessions than there are numbers.
    Sessions,
    /// More different states of everything else than there are numbers.
    Rest,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::World => "the world has more links and sessions than a code of 128 bits has room for",
            Self::Links => "links are in more different states than a code has numbers for",
            Self::Sessions => "sessions are in more different states than a code has numbers for",
            Self::Rest => "everything but links and sessions is in more different states than a code has numbers for",
        })
    }
}

impl Layout {
    /// For worlds of so many links and sessions: what is left of 128 bits is shared out evenly.
    pub(super) fn of(links: usize, sessions: usize) -> Result<Self, Unfit> {
        let least = LINK as usize * links + SESSION as usize * sessions + REST as usize;
        let parts = links + sessions + 1;
        if parts > MOST || least > 128 {
            return Err(Unfit::World);
        }
        let more = ((128 - least) / parts) as u32;
        let bits = |least: u32| (least + more).min(WIDEST);
        let mut each = [(Part::Rest, bits(REST)); MOST];
        (0..links).for_each(|link| each[link] = (Part::Link(link), bits(LINK)));
        (0..sessions).for_each(|session| each[links + session] = (Part::Session(session), bits(SESSION)));
        let mut shifts = [0; MOST];
        (0..parts).rev().fold(0, |shift, place| {
            shifts[place] = shift;
            shift + each[place].1
        });
        Ok(Self { links, parts, each, shifts })
    }

    pub(super) fn parts(&self) -> usize {
        self.parts
    }

    pub(super) fn part(&self, place: usize) -> Part {
        self.each[place].0
    }

    /// The code with another number at a place, one that fits.
    pub(super) fn put(&self, code: u128, place: usize, number: u32) -> u128 {
        let (shift, mask) = (self.shifts[place], (1u128 << self.each[place].1) - 1);
        code & !(mask << shift) | u128::from(number) << shift
    }

    /// Whether numbers below these fit.
    pub(super) fn fits(&self, links: usize, sessions: usize, rest: usize) -> Result<(), Unfit> {
        let fit = |(part, bits): &(Part, u32)| match part {
            Part::Link(_) if links > 1 << bits => Err(Unfit::Links),
            Part::Session(_) if sessions > 1 << bits => Err(Unfit::Sessions),
            Part::Rest if rest > 1 << bits => Err(Unfit::Rest),
            Part::Link(_) | Part::Session(_) | Part::Rest => Ok(()),
        };
        self.each[..self.parts].iter().try_for_each(fit)
    }

    /// The code of the numbers, or which of them is too large.
    pub(super) fn pack(&self, numbers: &Numbers) -> Result<u128, Unfit> {
        let mut code = 0;
        for (number, (part, bits)) in numbers.iter().zip(&self.each).take(self.parts) {
            if number >> bits != 0 {
                return Err(match part {
                    Part::Link(_) => Unfit::Links,
                    Part::Session(_) => Unfit::Sessions,
                    Part::Rest => Unfit::Rest,
                });
            }
            code = code << bits | u128::from(*number);
        }
        Ok(code)
    }

    pub(super) fn unpack(&self, mut code: u128) -> Numbers {
        let mut numbers = [0; MOST];
        for (number, (_, bits)) in numbers.iter_mut().zip(&self.each).take(self.parts).rev() {
            *number = code as u32 & ((1 << bits) - 1);
            code >>= bits;
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_codes() {
        for (links, sessions) in [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (4, 4)] {
            let layout = Layout::of(links, sessions).expect("it fits");
            let mut numbers = [0; MOST];
            for (place, number) in numbers.iter_mut().enumerate().take(layout.parts()) {
                *number = (1 << layout.each[place].1) - 1 - place as u32;
            }
            let code = layout.pack(&numbers).expect("they fit");
            assert_eq!(layout.unpack(code), numbers);
            for place in 0..layout.parts() {
                let other = Numbers::from(core::array::from_fn(|at| if at == place { 5 } else { numbers[at] }));
                assert_eq!(layout.unpack(layout.put(code, place, 5)), other);
            }
            numbers[links] += links as u32 + 1;
            assert_eq!(layout.pack(&numbers), Err(Unfit::Sessions), "{layout:?}");
        }
        assert_eq!(Layout::of(5, 4), Err(Unfit::World));
    }
}
