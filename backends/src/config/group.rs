//! Names and what groups say of them: service networks, user choices, and who is called what.

use super::check::Source;
use super::error::ConfigError;
use super::file;
use super::{NoProbe, Probe, ServiceNetworkEntry, UserChoiceEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;

/// Names so far: the kind and the place of each.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, (Kind, usize)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AccessPoint,
    ServiceNetwork,
    UserChoice,
}

impl Kind {
    const fn text(self) -> &'static str {
        match self {
            Self::AccessPoint => "an access point",
            Self::ServiceNetwork => "a service network",
            Self::UserChoice => "a user choice",
        }
    }
}

impl Names {
    pub(super) fn add_access_point(&mut self, source: &Source<'_>, name: &Spanned<String>) -> Result<(), ConfigError> {
        self.add(source, name, Kind::AccessPoint)
    }

    fn add(&mut self, source: &Source<'_>, name: &Spanned<String>, kind: Kind) -> Result<(), ConfigError> {
        let text = name.get_ref();
        if text.trim().is_empty() {
            return Err(source.error(name.span(), "the name is empty", "give it one"));
        }
        if let Some((kind, at)) = self.0.get(text) {
            let message = format!("{text:?} is already the name of {} (line {})", kind.text(), source.line(*at));
            return Err(source.error(name.span(), message, "give each configuration its own name"));
        }
        self.0.insert(text.clone(), (kind, name.span().start));
        Ok(())
    }

    /// Checks that a name is that of some configuration.
    pub(super) fn any(&self, source: &Source<'_>, name: &Spanned<String>) -> Result<(), ConfigError> {
        self.one_of(source, name, &[Kind::AccessPoint, Kind::ServiceNetwork, Kind::UserChoice]).map(drop)
    }

    fn one_of(&self, source: &Source<'_>, name: &Spanned<String>, allowed: &[Kind]) -> Result<Kind, ConfigError> {
        let text = name.get_ref();
        let wanted = || allowed.iter().map(|kind| kind.text()).collect::<Vec<_>>().join(" or ");
        match self.0.get(text) {
            Some((kind, _)) if allowed.contains(kind) => Ok(*kind),
            Some((kind, _)) => Err(source.error(name.span(), format!("{text:?} is {}", kind.text()), format!("name {}", wanted()))),
            None => {
                let known: Vec<_> = self.0.iter().filter(|(_, (kind, _))| allowed.contains(kind)).map(|(name, _)| name.as_str()).collect();
                let help = if known.is_empty() { format!("define {} first", wanted()) } else { format!("known: {}", known.join(", ")) };
                Err(source.error(name.span(), format!("there is no configuration called {text:?}"), help))
            }
        }
    }

    fn list(&self, source: &Source<'_>, given: Spanned<Vec<Spanned<String>>>, allowed: &[Kind]) -> Result<Vec<String>, ConfigError> {
        if given.get_ref().is_empty() {
            return Err(source.error(given.span(), "the list is empty", "name at least one configuration, or remove the group"));
        }
        let mut seen = BTreeSet::new();
        for name in given.get_ref() {
            self.one_of(source, name, allowed)?;
            if !seen.insert(name.get_ref()) {
                return Err(source.error(name.span(), format!("{:?} is listed twice", name.get_ref()), "remove one of them"));
            }
        }
        Ok(given.into_inner().into_iter().map(Spanned::into_inner).collect())
    }
}

pub(super) fn service_network(
    source: &Source<'_>,
    names: &mut Names,
    entry: Spanned<file::ServiceNetwork>,
) -> Result<ServiceNetworkEntry, ConfigError> {
    let entry = entry.into_inner();
    names.add(source, &entry.name, Kind::ServiceNetwork)?;
    let members = names.list(source, entry.members, &[Kind::AccessPoint])?;
    let probe = entry.probe.map(|value| probe(source, value.span(), value.into_inner())).transpose()?;
    Ok(ServiceNetworkEntry { name: entry.name.into_inner(), purpose: entry.purpose, members, probe })
}

pub(super) fn user_choice(
    source: &Source<'_>,
    names: &mut Names,
    entry: Spanned<file::UserChoice>,
) -> Result<UserChoiceEntry, ConfigError> {
    let entry = entry.into_inner();
    names.add(source, &entry.name, Kind::UserChoice)?;
    let options = names.list(source, entry.options, &[Kind::AccessPoint, Kind::ServiceNetwork])?;
    Ok(UserChoiceEntry { name: entry.name.into_inner(), options })
}

fn probe(source: &Source<'_>, span: Range<usize>, value: toml::Value) -> Result<Probe, ConfigError> {
    let help = "use \"http://…\" or \"https://…\", \"tcp:HOST:PORT\", or a program with its arguments as a list";
    let wrong = |message: String| source.error(span.clone(), message, help);
    match value {
        toml::Value::String(text) => text.parse().map_err(|error: NoProbe| wrong(error.to_string())),
        toml::Value::Array(words) => {
            let words: Option<Vec<_>> = words.iter().map(|word| word.as_str().map(str::to_owned)).collect();
            match words {
                Some(words) if words.first().is_some_and(|program| !program.is_empty()) => Ok(Probe::Command(words)),
                _ => Err(wrong("a command is a list of texts, the program first".to_owned())),
            }
        }
        other => Err(wrong(format!("a probe is no {}", other.type_str()))),
    }
}
