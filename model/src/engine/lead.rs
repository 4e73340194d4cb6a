//! What does a state lead to? What is remembered of each sort of step is followed; what is not is taken, and remembered.

use super::codes::Unfit;
use super::scope::{Event, Look, Scope};
use super::steps::{ARRIVES, Change, Head, Key, ROUTED, TAKEN, Which};
use super::store::Store;
use super::worker::{Chunk, Found, Worker};
use crate::action::Action;
use crate::eventually::{self, Marks};

impl Worker<'_> {
    /// Everything the state leads to, in the order of what is possible; what it is marked as by what the hub knows.
    pub(super) fn lead_on(&mut self, store: &Store, chunk: &mut Chunk) -> Result<Marks, Unfit> {
        let Store { layout, words, steps, .. } = store;
        let key = words.known_key(layout, self.at.code, &self.at.numbers);
        let hub = steps.hubs.find(key);
        if hub.is_none() && self.steps.hubs.find(key).is_none() {
            return self.lead_on_anew(store, key, chunk);
        }
        // What this thread remembered a moment ago is copied: more is remembered on the way.
        let mut copy = core::mem::take(&mut self.spare);
        let list = match (hub, self.steps.hubs.find(key)) {
            (Some(hub), _) => steps.hubs.get(hub),
            (None, own) => {
                copy.clear();
                copy.extend_from_slice(own.map_or(&[], |own| self.steps.hubs.get(own)));
                &copy
            }
        };
        let (marks, (clients, timers)) = (list[0], list[2..].split_at(list[1] as usize));
        self.follow(store, Scope::Hub, clients, chunk)?;
        self.of_links(store, hub, chunk)?;
        self.common(store, hub, chunk)?;
        self.follow(store, Scope::Hub, timers, chunk)?;
        self.spare = copy;
        Ok(marks)
    }

    /// The same, where nothing is remembered of what clients and timers do.
    fn lead_on_anew(&mut self, store: &Store, key: u128, chunk: &mut Chunk) -> Result<Marks, Unfit> {
        self.list(store);
        let marks = if store.keeps_edges() { eventually::known_marks(self.world, &self.before.state) } else { 0 };
        let mut known = Some(vec![marks, 0]);
        self.take_all(store, Which::is_client, &mut known, chunk)?;
        if let Some(known) = &mut known {
            known[1] = known.len() as u32 - 2;
        }
        self.of_links(store, None, chunk)?;
        self.common(store, None, chunk)?;
        self.take_all(store, Which::is_timer, &mut known, chunk)?;
        if let Some(known) = known {
            self.steps.hubs.put(key, &known, &mut self.draft);
        }
        Ok(marks)
    }

    /// What happens to links, and what they report.
    fn of_links(&mut self, store: &Store, hub: Option<u32>, chunk: &mut Chunk) -> Result<(), Unfit> {
        let rest = self.at.numbers[store.layout.parts() - 1];
        for link in 0..store.layout.links {
            let key = Key::link(link, self.at.numbers[link], rest);
            let Some(list) = store.steps.others.find(key).map(|number| store.steps.others.get(number)) else {
                self.list(store);
                let mut known = Some(Vec::new());
                for place in 0..self.actions.len() {
                    let which = self.which[place];
                    if !which.is_of_link(link) {
                        continue;
                    }
                    let Action::Arrives(_, report) = self.actions[place] else {
                        self.take(store, place, &mut known, chunk)?;
                        continue;
                    };
                    let head = Head { which, label: report, changes: ARRIVES };
                    self.arrive(store, link, head, hub, chunk)?;
                    if let Some(known) = &mut known {
                        known.push(head.word());
                    }
                }
                if let Some(known) = known {
                    self.steps.others.put(key, &known, &mut self.draft);
                }
                continue;
            };
            let mut left = list;
            while let Some((head, rest)) = left.split_first() {
                let head = Head::of(*head);
                let (changes, after) = rest.split_at(head.follow());
                left = after;
                if head.changes == ARRIVES {
                    self.arrive(store, link, head, hub, chunk)?;
                } else {
                    self.reach(store, Scope::Link(link), head, changes, chunk)?;
                }
            }
        }
        Ok(())
    }

    /// A report arrives.
    fn arrive(&mut self, store: &Store, link: usize, head: Head, hub: Option<u32>, chunk: &mut Chunk) -> Result<(), Unfit> {
        let message = store.words.message(self.at.numbers[link], head.label);
        let key = hub.map(|hub| Key::arrival(hub, message));
        if let Some(list) = key.and_then(|key| store.steps.others.find(key)).map(|number| store.steps.others.get(number)) {
            // which of the link's actions it is differs from state to state
            return list.split_first().map_or(Ok(()), |(word, changes)| {
                let own = Head { which: head.which, ..Head::of(*word) };
                self.reach(store, Scope::Arrival(link, head.label), own, changes, chunk)
            });
        }
        let mut known = Some(Vec::new());
        let place = self.place(store, head.which);
        self.take(store, place, &mut known, chunk)?;
        if let (Some(key), Some(known)) = (key, known) {
            self.steps.others.put(key, &known, &mut self.draft);
        }
        Ok(())
    }

    /// What is nobody's.
    fn common(&mut self, store: &Store, hub: Option<u32>, chunk: &mut Chunk) -> Result<(), Unfit> {
        let rest = self.at.numbers[store.layout.parts() - 1];
        let key = Key::common(rest);
        // What can be removed is not for the rest to say.
        let found = store.steps.others.find(key).filter(|_| !self.world.faults.removed);
        let list = match found {
            Some(number) => store.steps.others.get(number),
            None => {
                self.list(store);
                let mut known = Vec::new();
                for (which, action) in self.which.iter().zip(&self.actions).filter(|(which, _)| which.is_common()) {
                    let routed = matches!(action, Action::Routed(_));
                    known.push(Head { which: *which, label: 0, changes: if routed { ROUTED } else { TAKEN } }.word());
                }
                if !self.world.faults.removed {
                    self.steps.others.put(key, &known, &mut self.draft);
                }
                return self.common_as(store, hub, &known, chunk);
            }
        };
        self.common_as(store, hub, list, chunk)
    }

    fn common_as(&mut self, store: &Store, hub: Option<u32>, list: &[u32], chunk: &mut Chunk) -> Result<(), Unfit> {
        let rest = self.at.numbers[store.layout.parts() - 1];
        let mut routed = false;
        for head in list.iter().map(|word| Head::of(*word)) {
            if head.changes == TAKEN {
                let place = self.place(store, head.which);
                self.take(store, place, &mut None, chunk)?;
            } else if !core::mem::replace(&mut routed, true) {
                let key = hub.map(|hub| Key::route(hub, rest));
                if let Some(list) = key.and_then(|key| store.steps.others.find(key)).map(|number| store.steps.others.get(number)) {
                    self.follow(store, Scope::Route, list, chunk)?;
                    continue;
                }
                self.list(store);
                let mut known = Some(Vec::new());
                for place in 0..self.actions.len() {
                    if matches!(self.actions[place], Action::Routed(_)) {
                        self.take(store, place, &mut known, chunk)?;
                    }
                }
                if let (Some(key), Some(known)) = (key, known) {
                    self.steps.others.put(key, &known, &mut self.draft);
                }
            }
        }
        Ok(())
    }

    /// Follows remembered steps.
    fn follow(&mut self, store: &Store, scope: Scope, list: &[u32], chunk: &mut Chunk) -> Result<(), Unfit> {
        let mut left = list;
        while let Some((head, rest)) = left.split_first() {
            let head = Head::of(*head);
            let (changes, after) = rest.split_at(head.follow());
            left = after;
            self.reach(store, scope, head, changes, chunk)?;
        }
        Ok(())
    }

    /// Follows a remembered step.
    fn reach(&mut self, store: &Store, scope: Scope, head: Head, changes: &[u32], chunk: &mut Chunk) -> Result<(), Unfit> {
        let Store { layout, words, .. } = store;
        let (mut code, mut numbers) = (self.at.code, self.at.numbers);
        for change in changes {
            let Change { place, commanded, number } = Change::of(*change);
            let part = layout.part(place);
            let number = match scope.looks_at(part) {
                Look::All | Look::Nothing => number,
                Look::Known => {
                    let event = Event { commanded, arrived: scope.arrives(part) };
                    let Some(both) = self.joins.join(words, part, numbers[place], number, event) else {
                        // there never was such a link, or rest: the step is taken
                        let place = self.place(store, head.which);
                        return self.take(store, place, &mut None, chunk);
                    };
                    both
                }
            };
            numbers[place] = number;
            code = layout.put(code, place, number);
        }
        if code != self.at.code {
            if words.group.is_of_use() {
                code = words.code_of(layout, &numbers)?;
            }
            chunk.found.push(Found { code, from: self.at.number, which: head.which, label: head.label, new: false });
        }
        Ok(())
    }

    /// Takes all actions of a sort.
    fn take_all(
        &mut self,
        store: &Store,
        sort: impl Fn(Which) -> bool,
        known: &mut Option<Vec<u32>>,
        chunk: &mut Chunk,
    ) -> Result<(), Unfit> {
        (0..self.actions.len()).try_for_each(|place| if sort(self.which[place]) { self.take(store, place, known, chunk) } else { Ok(()) })
    }

    /// The place in the list of an action that is possible.
    fn place(&mut self, store: &Store, which: Which) -> usize {
        self.list(store);
        self.which.iter().position(|own| *own == which).expect("what is remembered is possible")
    }
}
