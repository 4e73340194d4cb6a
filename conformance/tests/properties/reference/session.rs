//! May a session say this now? What it asked for, what it was told, and what may have closed it.

use super::point::Point;
use netsession_conformance::scenario::words::{Answer, Deed, Name, Verb, Word};
use netsession_fsm::words::{Mode, OfferKind, SessionState};
use std::collections::BTreeSet;

/// A session.
pub(super) struct Session {
    /// Places of the access points it can be on, best first.
    pub(super) members: Vec<usize>,
    /// It is on a service network.
    pub(super) roams: bool,
    pub(super) mode: Mode,
    /// The state it was told last; `None`: nothing since it was created.
    pub(super) told: Option<SessionState>,
    pub(super) open: bool,
    /// It asked to be open, and was not opened, refused or closed since.
    pub(super) asked: bool,
    /// The offer it may answer, and the access point it is asked to test.
    pub(super) offer: Option<usize>,
    pub(super) migrating: Option<usize>,
    pub(super) trial: Option<usize>,
    /// What it was offered since the last deed of anybody.
    pub(super) offered: BTreeSet<usize>,
    /// Where it is; `None`: that is not known.
    pub(super) on: Option<usize>,
    /// Something happened since it was last seen at rest that may close it.
    trouble: bool,
    /// It was closed, and its one error not yet told; nothing else may follow but states.
    closed: Option<bool>,
    /// It did something, or was engaged, since the last deed of anybody: an error may come to it.
    pub(super) concerned: bool,
    /// What it began and has no answer to.
    pub(super) begun: BTreeSet<Verb>,
}

fn require(holds: bool, why: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

impl Session {
    pub(super) fn new(members: Vec<usize>, roams: bool, mode: Mode) -> Self {
        Self {
            members,
            roams,
            mode,
            told: None,
            open: false,
            asked: false,
            offer: None,
            migrating: None,
            trial: None,
            offered: BTreeSet::new(),
            on: None,
            trouble: false,
            closed: None,
            concerned: false,
            begun: BTreeSet::new(),
        }
    }

    /// Neither open nor asking to be.
    pub(super) fn is_idle(&self) -> bool {
        !self.open && !self.asked
    }

    /// Something happened that may close it.
    pub(super) fn meets_trouble(&mut self) {
        self.trouble = true;
    }

    /// Somebody does something next, or it happens.
    pub(super) fn before_a_deed(&mut self) {
        self.concerned = self.open || self.asked;
        self.offered.clear();
    }

    /// All was quiet for a while: what happened before has had its effect, unless a handshake still goes on.
    pub(super) fn calms(&mut self) {
        let handshake = self.offer.is_some() || self.migrating.is_some() || self.trial.is_some();
        if !handshake && self.told != Some(SessionState::Roaming) {
            self.trouble = false;
        }
    }

    /// It does something; `None`: it begins to.
    pub(super) fn does(&mut self, deed: &Deed, answer: Option<Answer>) {
        self.concerned = true;
        let well = answer == Some(Answer::Well);
        match deed {
            Deed::Open(_) => {
                self.asked |= !self.open && matches!(answer, None | Some(Answer::Well));
                self.begin(Verb::Open, answer);
            }
            Deed::Close => {
                self.trouble = true;
                self.begin(Verb::Close, answer);
            }
            Deed::Migrate(_) => {
                self.trouble = true;
                let offer = self.offer.take();
                self.migrating = match answer {
                    None | Some(Answer::Well) => offer.or(self.migrating),
                    Some(Answer::Fails(..) | Answer::Closed) => None,
                    // it changes nothing of what was begun before
                    Some(Answer::Refused | Answer::Withdrawn | Answer::Unknown) => self.migrating,
                };
                self.begin(Verb::Migrate, answer);
            }
            Deed::Accept => {
                self.trouble = true;
                let to = self.trial.take();
                self.on = to.filter(|_| well);
            }
            Deed::Reject => {
                self.trouble = true;
                self.trial = None;
            }
            Deed::Ignore(_) => {
                self.trouble = true;
                self.offer = None;
            }
            Deed::Mode(mode) => {
                self.trouble = true;
                self.mode = *mode;
                if *mode != Mode::Application {
                    (self.offer, self.migrating, self.trial, self.on) = (None, None, None, None);
                }
            }
            Deed::Roam => self.trouble = true,
            Deed::Stop | Deed::Unasked(_) | Deed::Wants(_) | Deed::Suppress(_) | Deed::Leave => {}
        }
    }

    fn begin(&mut self, verb: Verb, answer: Option<Answer>) {
        if answer.is_none() {
            self.begun.insert(verb);
        }
    }

    /// What it began has its answer.
    pub(super) fn answered(&mut self, verb: Verb, answer: Answer) -> Result<(), String> {
        require(self.begun.remove(&verb), "it was not begun, or is answered twice (S2)")?;
        match verb {
            // the word comes with the answer, before or after it
            Verb::Open if answer != Answer::Well => self.asked = false,
            Verb::Migrate if answer != Answer::Well => self.migrating = None,
            _ => {}
        }
        Ok(())
    }

    /// One word; `next` are those that follow at once.
    pub(super) fn says(
        &mut self,
        word: &Word,
        next: &[Word],
        place: impl Fn(&Name) -> Result<usize, String>,
        points: &[Point],
        heard: bool,
    ) -> Result<(), String> {
        if let Some(erred) = self.closed {
            let again = matches!(word, Word::Opened) && self.asked;
            let follows = matches!(word, Word::State(_) | Word::Policies(_))
                || again
                || (matches!(word, Word::Error(..)) && (!erred || self.concerned));
            require(follows, "nothing follows `closed` but states and the error that explains it (SPEC §11)")?;
        }
        match word {
            Word::State(state) => self.state(*state, next),
            Word::Opened => {
                require(self.asked && !self.open, "it did not ask to be, or was told before (SPEC §5)")?;
                // what was so when it was created was not told
                require(
                    self.told.is_none_or(|told| matches!(told, SessionState::Connected | SessionState::Roaming)),
                    "it is not Connected (S1)",
                )?;
                (self.open, self.asked, self.closed) = (true, false, None);
                self.on = if let [only] = self.members[..] { Some(only) } else { None };
                Ok(())
            }
            Word::Closed => {
                require(self.open || self.asked, "it is neither open nor asked to be")?;
                require(self.trouble || self.told == Some(SessionState::Roaming), "nothing happened that could close it")?;
                (self.open, self.asked, self.closed) = (false, false, Some(false));
                (self.offer, self.migrating, self.trial, self.on) = (None, None, None, None);
                Ok(())
            }
            Word::Offer { kind, of, .. } => self.is_offered(*kind, place(of)?, points, heard),
            Word::Activated(of) => {
                require(self.migrating == Some(place(of)?), "it was not asked to be tested (S17)")?;
                self.trial = self.migrating.take();
                Ok(())
            }
            // a deadline that passed withdraws it in a trial, too
            Word::Withdrawn => {
                let pending = [self.offer.take(), self.migrating.take(), self.trial.take()];
                require(pending.iter().any(Option::is_some), "nothing is offered (S16)")
            }
            Word::Error(..) => {
                require(self.concerned, "it neither asked nor held (S3)")?;
                if let Some(erred) = &mut self.closed {
                    *erred = true;
                }
                (self.migrating, self.trial) = (None, None);
                Ok(())
            }
            Word::Policies(_) => Ok(()),
        }
    }

    fn state(&mut self, state: SessionState, next: &[Word]) -> Result<(), String> {
        use SessionState::{Connected, Connecting, Roaming};
        require(self.told.replace(state) != Some(state), "that it was told before (S7)")?;
        let closes = next.iter().find(|word| !matches!(word, Word::Policies(_) | Word::State(_)));
        let closes = matches!(closes, Some(Word::Closed));
        require(!self.open || closes || matches!(state, Connected | Roaming), "it is open (S1)")?;
        if state == Connecting && self.asked {
            // another life begins
            self.closed = None;
        }
        if state == Roaming {
            self.concerned = true;
            // one that is opened and moves on in the same batch is told the state first (SPEC §11)
            let opens = self.asked && matches!(next.first(), Some(Word::Opened));
            require(self.open || opens, "it is not open (SPEC §4)")?;
            require(self.roams && self.mode != Mode::Off, "it does not roam (SPEC §6.1)")?;
            self.on = None;
        }
        Ok(())
    }

    fn is_offered(&mut self, kind: OfferKind, of: usize, points: &[Point], heard: bool) -> Result<(), String> {
        require(self.open && self.mode == Mode::Application, "it is not open, or not asked (SPEC §6.1)")?;
        require(self.roams && self.members.contains(&of), "it is no member (S12)")?;
        require(self.offer.replace(of).is_none(), "there is another offer (S16)")?;
        require(points[of].reach || !heard, "it is out of reach (S12)")?;
        require(self.on != Some(of) || kind == OfferKind::Downgrade, "it is there already (S12)")?;
        let shows = if kind == OfferKind::Upgrade { SessionState::Connected } else { SessionState::Roaming };
        require(
            self.told.is_none_or(|told| told == shows),
            "better is offered to who is Connected, what is left to who is Roaming (SPEC §6.3)",
        )?;
        self.offered.insert(of);
        Ok(())
    }
}
