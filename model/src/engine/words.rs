//! What do the numbers in codes stand for? The dictionaries of a search, and a state that is made of numbers.

use super::codes::{Layout, MOST, Numbers, Part, Unfit};
use super::dictionary::Dictionary;
use super::records::{LinkRecord, Record, RestRecord, SessionRecord};
use super::symmetry::Group;
use crate::state::State;
use indexmap::IndexSet;
use netsession_fsm::hub::LinkReport;

/// How many records there are in each dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    pub(super) links: u32,
    pub(super) sessions: u32,
    pub(super) rest: u32,
}

/// The dictionaries of a search.
#[derive(Debug, Clone)]
pub(super) struct Words {
    pub(super) links: Dictionary<LinkRecord>,
    pub(super) sessions: Dictionary<SessionRecord>,
    pub(super) rest: Dictionary<RestRecord>,
    /// Links and rests without what the hub does not know of them.
    known_links: Sides<LinkRecord>,
    known_rest: Sides<RestRecord>,
    messages: Messages,
    /// Who can change places.
    pub(super) group: Group,
    /// Of each rest, the numbers of the rests that come of it.
    exchanged: Vec<u32>,
}

/// Records without what the hub does not know of them, and of each record the number of that.
#[derive(Debug, Clone)]
struct Sides<R> {
    known: Dictionary<R>,
    of: Vec<u32>,
}

impl<R> Default for Sides<R> {
    fn default() -> Self {
        Self { known: Dictionary::default(), of: Vec::new() }
    }
}

impl<R: Record> Sides<R> {
    /// Keeps up with the dictionary of whole records.
    fn follow(&mut self, records: &Dictionary<R>, known_side: impl Fn(&R) -> R) {
        for number in self.of.len()..records.len() {
            let known = known_side(records.get(number as u32));
            self.of.push(self.known.intern(Dictionary::hash_of(&known), known));
        }
    }
}

/// What may be told of links: the reports under way up to one of them, each by a number.
#[derive(Debug, Clone, Default)]
struct Messages {
    all: IndexSet<Vec<LinkReport>, ahash::RandomState>,
    /// Of each link, where its messages begin.
    starts: Vec<u32>,
    of: Vec<u32>,
}

impl Messages {
    fn follow(&mut self, links: &Dictionary<LinkRecord>) {
        for number in self.starts.len()..links.len() {
            let reports = &links.get(number as u32).real.reports;
            self.starts.push(self.of.len() as u32);
            for place in 0..reports.len() {
                let (message, _) = self.all.insert_full(reports[..=place].to_vec());
                self.of.push(message as u32);
            }
        }
    }
}

impl Words {
    /// The number of a link, or a rest, without what the hub does not know of it.
    pub(super) fn known_side(&self, part: Part, number: u32) -> u32 {
        match part {
            Part::Link(_) => self.known_links.of[number as usize],
            Part::Rest => self.known_rest.of[number as usize],
            Part::Session(_) => number,
        }
    }

    /// All that the hub knows and clients were told: states with equal ones are the same to the hub. The numbers must be known.
    pub(super) fn known_key(&self, layout: &Layout, code: u128, numbers: &Numbers) -> u128 {
        let places = (0..layout.links).chain([layout.parts() - 1]);
        places.fold(code, |code, place| layout.put(code, place, self.known_side(layout.part(place), numbers[place])))
    }

    /// What the hub knows of a link.
    pub(super) fn known_link(&self, known: u32) -> &LinkRecord {
        self.known_links.known.get(known)
    }

    /// What the hub knows of the rest.
    pub(super) fn known_rest(&self, known: u32) -> &RestRecord {
        self.known_rest.known.get(known)
    }

    pub(super) fn find_link(&self, record: &LinkRecord) -> Option<u32> {
        self.links.find_record(Dictionary::hash_of(record), record)
    }

    pub(super) fn find_rest(&self, record: &RestRecord) -> Option<u32> {
        self.rest.find_record(Dictionary::hash_of(record), record)
    }

    /// The number of what arrives with this report of a link.
    pub(super) fn message(&self, link: u32, place: u8) -> u32 {
        self.messages.of[self.messages.starts[link as usize] as usize + usize::from(place)]
    }

    /// Whether anything is under way outside the hub in the state of these numbers.
    pub(super) fn is_under_way(&self, layout: &Layout, numbers: &Numbers) -> bool {
        numbers[..layout.links].iter().any(|link| !self.links.get(*link).real.rests())
            || self.rest.get(numbers[layout.parts() - 1]).is_owed()
    }

    /// None, for worlds in which these can change places.
    pub(super) fn new(group: Group) -> Self {
        Self {
            links: Dictionary::default(),
            sessions: Dictionary::default(),
            rest: Dictionary::default(),
            known_links: Sides::default(),
            known_rest: Sides::default(),
            messages: Messages::default(),
            group,
            exchanged: Vec::new(),
        }
    }

    /// The number of a rest whose sessions changed places in one of the ways of the group.
    pub(super) fn exchanged_rest(&self, number: u32, way: usize) -> u32 {
        self.exchanged[number as usize * self.group.ways().count() + way]
    }

    /// The code that stands for the state of these numbers, all of them known.
    pub(super) fn code_of(&self, layout: &Layout, numbers: &Numbers) -> Result<u128, Unfit> {
        if self.group.is_of_use() { self.group.code(layout, self, numbers) } else { layout.pack(numbers) }
    }

    /// To be called when records were put in.
    pub(super) fn follow(&mut self) {
        let ways = self.group.ways().count();
        // What comes of one that is new may be new itself.
        while self.exchanged.len() < self.rest.len() * ways {
            let number = (self.exchanged.len() / ways) as u32;
            for way in self.group.ways() {
                let exchanged = self.rest.get(number).exchanged(way);
                self.exchanged.push(self.rest.intern(Dictionary::hash_of(&exchanged), exchanged));
            }
        }
        self.known_links.follow(&self.links, LinkRecord::known_side);
        self.messages.follow(&self.links);
        self.known_rest.follow(&self.rest, RestRecord::known_side);
    }

    /// Whether the part of the state is what the record with this number tells.
    pub(super) fn is(&self, part: Part, number: u32, state: &State) -> bool {
        match part {
            Part::Link(place) => self.links.get(number).is(state, place),
            Part::Session(place) => self.sessions.get(number).is(state, place),
            Part::Rest => self.rest.get(number).is(state, 0),
        }
    }

    /// Makes the part of the state what the record with this number tells.
    pub(super) fn put(&self, part: Part, number: u32, state: &mut State) {
        match part {
            Part::Link(place) => self.links.get(number).put(state, place),
            Part::Session(place) => self.sessions.get(number).put(state, place),
            Part::Rest => self.rest.get(number).put(state, 0),
        }
    }

    /// The number of the part of the state; if it has none, a number after all of these, from the dictionaries of what is new.
    pub(super) fn number(&self, part: Part, state: &State, new: &mut Self) -> u32 {
        fn of<R: Record>(known: &Dictionary<R>, new: &mut Dictionary<R>, state: &State, place: usize) -> u32 {
            let hash = Dictionary::<R>::hash(state, place);
            match known.find(hash, state, place) {
                Some(number) => number,
                None => {
                    let number = new.find(hash, state, place).unwrap_or_else(|| new.intern(hash, R::of(state, place)));
                    known.len() as u32 + number
                }
            }
        }
        match part {
            Part::Link(place) => of(&self.links, &mut new.links, state, place),
            Part::Session(place) => of(&self.sessions, &mut new.sessions, state, place),
            Part::Rest => of(&self.rest, &mut new.rest, state, 0),
        }
    }

    /// Leaves nothing in these.
    pub(super) fn forget(&mut self) {
        (self.links, self.sessions, self.rest) = (Dictionary::default(), Dictionary::default(), Dictionary::default());
    }

    /// How many records there are.
    pub(super) fn known(&self) -> Known {
        Known { links: self.links.len() as u32, sessions: self.sessions.len() as u32, rest: self.rest.len() as u32 }
    }

    /// Whether the number is one of what is new.
    pub(super) fn is_new(&self, part: Part, number: u32) -> bool {
        let known = self.known();
        number
            >= match part {
                Part::Link(_) => known.links,
                Part::Session(_) => known.sessions,
                Part::Rest => known.rest,
            }
    }

    /// Puts every record of a state in, and gives its numbers.
    pub(super) fn intern(&mut self, layout: &Layout, state: &State) -> Numbers {
        fn of<R: Record>(known: &mut Dictionary<R>, state: &State, place: usize) -> u32 {
            known.intern(Dictionary::<R>::hash(state, place), R::of(state, place))
        }
        let mut numbers = [0; MOST];
        for (place, number) in numbers[..layout.parts()].iter_mut().enumerate() {
            *number = match layout.part(place) {
                Part::Link(place) => of(&mut self.links, state, place),
                Part::Session(place) => of(&mut self.sessions, state, place),
                Part::Rest => of(&mut self.rest, state, 0),
            };
        }
        self.follow();
        self.follow();
        numbers
    }

    /// The code of a state, if all its records are known.
    pub(super) fn code(&self, layout: &Layout, state: &State) -> Option<u128> {
        fn of<R: Record>(known: &Dictionary<R>, state: &State, place: usize) -> Option<u32> {
            known.find(Dictionary::<R>::hash(state, place), state, place)
        }
        let mut numbers = [0; MOST];
        for (place, number) in numbers[..layout.parts()].iter_mut().enumerate() {
            *number = match layout.part(place) {
                Part::Link(place) => of(&self.links, state, place)?,
                Part::Session(place) => of(&self.sessions, state, place)?,
                // One that itself was never met may become one that was when sessions change places.
                Part::Rest => match self.group.ways().next() {
                    None => of(&self.rest, state, 0)?,
                    Some(stay) => {
                        let rest = RestRecord::of(state, 0).exchanged(stay);
                        self.rest.find_record(Dictionary::hash_of(&rest), &rest)?
                    }
                },
            };
        }
        self.code_of(layout, &numbers).ok()
    }

    pub(super) fn bytes(&self) -> usize {
        self.links.bytes() + self.sessions.bytes() + self.rest.bytes()
    }
}

/// A state that is worked on, and the numbers of its records.
#[derive(Debug, Clone)]
pub(super) struct Board {
    pub(super) state: State,
    pub(super) numbers: Numbers,
}

impl Board {
    /// Becomes the state of these numbers.
    pub(super) fn set(&mut self, layout: &Layout, words: &Words, numbers: &Numbers) {
        let mut moved = false;
        for (place, (own, number)) in self.numbers.iter_mut().zip(numbers).enumerate().take(layout.parts()) {
            if own != number {
                *own = *number;
                words.put(layout.part(place), *number, &mut self.state);
                moved |= place >= layout.links;
            }
        }
        if moved {
            words.rest.get(numbers[layout.parts() - 1]).put_positions(&mut self.state);
        }
    }

    /// Goes back to what its numbers say, where it is not what they say: in these parts, one bit each.
    pub(super) fn restore(&mut self, layout: &Layout, words: &Words, changed: u32) {
        let mut left = changed;
        while left != 0 {
            let place = left.trailing_zeros() as usize;
            left &= left - 1;
            words.put(layout.part(place), self.numbers[place], &mut self.state);
        }
        if changed >> layout.links != 0 {
            words.rest.get(self.numbers[layout.parts() - 1]).put_positions(&mut self.state);
        }
    }
}
