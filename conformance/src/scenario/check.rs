//! Is every name of a scenario known, and is what it names of the kind that is needed there?

use super::words::{Deed, Line, Look, Name, SessionTrait, Step, Trait, What, Word};
use super::{Place, Scenario, grammar};
use netsession_backends::config::ConfigError;
use netsession_fsm::words::RadioId;
use std::mem::discriminant;
use std::ops::Range;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AccessPoint,
    Group,
    Session,
}

struct Check<'a> {
    file: &'a str,
    text: &'a str,
    known: Vec<(String, Kind)>,
    radios: Vec<String>,
}

/// The scenario of these lines.
pub(super) fn check(file: &str, text: &str, lines: Vec<(Range<usize>, Line)>) -> Result<Scenario, ConfigError> {
    let mut check = Check { file, text, known: Vec::new(), radios: Vec::new() };
    let intent = grammar::intent(text);
    if intent.is_empty() {
        return Err(check.wrong(0..1, "the file does not begin with a comment", "say in its first lines, after `#`, what it intends"));
    }
    let mut scenario = Scenario::new(file, &intent);
    // the innermost block is the last one
    let mut open: Vec<(Range<usize>, u32, Vec<Step>)> = Vec::new();
    for (span, line) in lines {
        let begun = !scenario.steps.is_empty() || !open.is_empty();
        let step = match line {
            Line::Step(what) => {
                check.step(&what)?;
                what
            }
            Line::Repeat(times) => {
                open.push((span, times, Vec::new()));
                continue;
            }
            Line::End => {
                let (_, times, steps) = open.pop().ok_or_else(|| check.wrong(span.clone(), "nothing is repeated here", "remove it"))?;
                What::Repeat(times, steps)
            }
            _ if begun => return Err(check.wrong(span, "what there is comes before what happens", "move it up")),
            declaration => {
                check.declare(declaration, &mut scenario)?;
                continue;
            }
        };
        let number = text[..span.start].matches('\n').count() + 1;
        let steps = open.last_mut().map_or(&mut scenario.steps, |(_, _, steps)| steps);
        steps.push(Step { line: number, what: step });
    }
    match open.pop() {
        Some((span, ..)) => Err(check.wrong(span, "this is never ended", "add a line `end`")),
        None => Ok(scenario),
    }
}

impl Check<'_> {
    fn wrong(&self, span: Range<usize>, message: &str, help: &str) -> ConfigError {
        ConfigError::new(self.file, self.text, span, message.to_owned(), help.to_owned())
    }

    fn add(&mut self, name: &Name, kind: Kind) -> Result<(), ConfigError> {
        match self.known.iter().find(|(known, _)| *known == name.text) {
            // a session may be created again under its name
            Some((_, Kind::Session)) if kind == Kind::Session => Ok(()),
            Some(_) => Err(self.wrong(name.span.clone(), &format!("there is a {:?} already", name.text), "give it a name of its own")),
            None => {
                self.known.push((name.text.clone(), kind));
                Ok(())
            }
        }
    }

    fn is(&self, name: &Name, wanted: &[Kind], called: &str) -> Result<(), ConfigError> {
        let found = self.known.iter().find(|(known, _)| *known == name.text).map(|(_, kind)| *kind);
        if found.is_some_and(|kind| wanted.contains(&kind)) {
            return Ok(());
        }
        let names = self.known.iter().filter(|(_, kind)| wanted.contains(kind)).map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        let known = if names.is_empty() { format!("there is no {called} yet") } else { format!("known: {}", names.join(", ")) };
        Err(self.wrong(name.span.clone(), &format!("{:?} is no {called}", name.text), &known))
    }

    fn session(&self, name: &Name) -> Result<(), ConfigError> {
        self.is(name, &[Kind::Session], "session")
    }

    fn access_point(&self, name: &Name) -> Result<(), ConfigError> {
        self.is(name, &[Kind::AccessPoint], "access point")
    }

    fn configuration(&self, name: &Name) -> Result<(), ConfigError> {
        self.is(name, &[Kind::AccessPoint, Kind::Group], "configuration")
    }

    fn declare(&mut self, line: Line, scenario: &mut Scenario) -> Result<(), ConfigError> {
        match line {
            Line::AccessPoint(name, traits) => {
                self.add(&name, Kind::AccessPoint)?;
                self.once(&name, &traits)?;
                scenario.access_points.push(self.place(name, traits));
            }
            Line::ServiceNetwork(name, members) => {
                members.iter().try_for_each(|member| self.access_point(member))?;
                self.add(&name, Kind::Group)?;
                scenario.service_networks.push((name, members));
            }
            Line::UserChoice(name, options) => {
                options.iter().try_for_each(|option| self.configuration(option))?;
                self.add(&name, Kind::Group)?;
                scenario.user_choices.push((name, options));
            }
            Line::Default(name) => {
                self.configuration(&name)?;
                scenario.default = Some(name);
            }
            Line::Setting(setting, time) => setting.set(&mut scenario.settings, time),
            Line::NotOn(world, why) => {
                if !super::world::NAMES.contains(&world.text.as_str()) {
                    let help = format!("known: {}", super::world::NAMES.join(", "));
                    return Err(self.wrong(world.span, "nothing is played there", &help));
                }
                scenario.not_on.push((world, why));
            }
            Line::Repeat(_) | Line::End | Line::Step(_) => {}
        }
        Ok(())
    }

    fn place(&mut self, name: Name, traits: Vec<Trait>) -> Place {
        let mut place = Place::new(name);
        for attribute in traits {
            match attribute {
                Trait::Stands(standing) => place.standing = standing,
                Trait::Raise(ends) => place.raise = ends,
                Trait::RaiseDelay(time) => place.raise_delay = Some(time),
                Trait::LowerDelay(time) => place.lower_delay = Some(time),
                Trait::Prefer(ends) => place.prefer = ends,
                Trait::Bearer(bearer) => place.attributes.bearer = bearer,
                Trait::Purpose(purpose) => place.attributes.purpose = purpose,
                Trait::Metered(metered) => place.attributes.metered = metered,
                Trait::Radio(radio) => {
                    let at = self.radios.iter().position(|known| *known == radio).unwrap_or(self.radios.len());
                    if at == self.radios.len() {
                        self.radios.push(radio);
                    }
                    place.attributes.radio = u16::try_from(at).ok().map(RadioId);
                }
                Trait::ConnectTimeout(time) => place.connect_timeout = Some(time),
                Trait::CannotStop => place.cannot_stop = true,
            }
        }
        place
    }

    /// What somebody is, it is said once; other wishes are other things.
    fn once<T>(&self, name: &Name, traits: &[T]) -> Result<(), ConfigError> {
        let mut kinds = traits.iter().map(discriminant);
        while let Some(kind) = kinds.next() {
            if kinds.clone().any(|other| other == kind) {
                return Err(self.wrong(name.span.clone(), "the same is said of it twice", "say it once"));
            }
        }
        Ok(())
    }

    fn step(&mut self, what: &What) -> Result<(), ConfigError> {
        match what {
            What::Session { name, on, options } => {
                let options: Vec<_> = options.iter().filter(|option| !matches!(option, SessionTrait::Wants(_))).cloned().collect();
                self.configuration(on)?;
                self.once(name, &options)?;
                self.add(name, Kind::Session)
            }
            What::Does(who, deed, _) | What::Begins(who, deed) => self.session(who).and_then(|()| self.deed(deed)),
            What::Answered(who, ..) | What::Peer { who, .. } => self.session(who),
            What::Happens(name, _) | What::Commands(name, ..) | What::Route(Some(name)) => self.access_point(name),
            What::Remove(name) | What::DefaultIs(Some(name)) => self.configuration(name),
            What::Says(who, words) => self.session(who).and_then(|()| words.iter().try_for_each(|word| self.word(word))),
            What::Is(name, looks) => looks.iter().try_for_each(|look| self.look(name, look)),
            What::Always(names) => names.iter().try_for_each(|name| self.access_point(name)),
            What::Lists(_, names) => names.iter().try_for_each(|name| self.configuration(name)),
            What::Silent(_)
            | What::Daemon(_)
            | What::SaveTraffic(_)
            | What::Refresh
            | What::After(..)
            | What::Scans(_)
            | What::Verdict(_)
            | What::Route(None)
            | What::DefaultIs(None)
            | What::Repeat(..) => Ok(()),
        }
    }

    fn deed(&self, deed: &Deed) -> Result<(), ConfigError> {
        match deed {
            // what is picked may be unknown: that is answered
            Deed::Open(_) => Ok(()),
            Deed::Migrate(Some(name)) | Deed::Ignore(Some(name)) => self.access_point(name),
            _ => Ok(()),
        }
    }

    fn word(&self, word: &Word) -> Result<(), ConfigError> {
        match word {
            Word::Offer { of: name, .. } | Word::Activated(name) => self.access_point(name),
            Word::State(_) | Word::Opened | Word::Closed | Word::Withdrawn | Word::Error(..) | Word::Policies(_) => Ok(()),
        }
    }

    fn look(&self, of: &Name, look: &Look) -> Result<(), ConfigError> {
        match look {
            Look::State(_) | Look::Open(_) | Look::Phase(_) | Look::Saving(_) | Look::Bytes(_) => self.session(of),
            Look::On(name) | Look::Testing(name) | Look::Carrier(name) => {
                self.session(of).and_then(|()| name.iter().try_for_each(|name| self.access_point(name)))
            }
            Look::Chose(name) => self.session(of).and_then(|()| name.iter().try_for_each(|name| self.configuration(name))),
            Look::Up(_) => self.access_point(of),
            Look::HeldBy(names) => self.configuration(of).and_then(|()| names.iter().try_for_each(|name| self.session(name))),
            Look::Members(names) => self.configuration(of).and_then(|()| names.iter().try_for_each(|name| self.configuration(name))),
            Look::Stands(_) | Look::Kind(_) | Look::Roams(_) | Look::Bearer(_) | Look::Purpose(_) | Look::Metered(_) | Look::Unknown => {
                self.configuration(of)
            }
        }
    }
}

/// Whether a session is to be in a process of its own.
pub(super) fn is_apart(options: &[SessionTrait]) -> bool {
    options.contains(&SessionTrait::Apart)
}
