//! From the shape of the file to a policy that makes sense, or the first mistake.

use super::file::{self, File, Said};
use super::{Policy, Rule, Whom};
use crate::authority::Act;
use crate::service::Limits;
use netsession_backends::config::ConfigError;
use std::ops::Range;
use toml::Spanned;

/// The text, to point into.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, span: Range<usize>, message: impl Into<String>, help: &str) -> ConfigError {
        ConfigError::new(self.file, self.text, span, message.into(), help.to_owned())
    }
}

pub(super) fn policy(file: &str, text: &str) -> Result<Policy, ConfigError> {
    let source = Source { file, text };
    let help = "netsession-policy(5) documents every key";
    let parsed: File = toml::from_str(text).map_err(|error| ConfigError::unreadable(file, text, &error, help))?;
    let rules = parsed.rule.into_iter().map(|entry| rule(&source, entry)).collect::<Result<_, _>>()?;
    let standard = Limits::default();
    let limits = Limits {
        sessions_per_user: limit(&source, parsed.limits.sessions, standard.sessions_per_user)?,
        calls_per_user: limit(&source, parsed.limits.requests, standard.calls_per_user)?,
        calls_per_second: limit(&source, parsed.limits.requests_per_second, standard.calls_per_second)?,
        burst: limit(&source, parsed.limits.burst, standard.burst)?,
        ..standard
    };
    Ok(Policy { rules, limits })
}

fn rule(source: &Source<'_>, entry: Spanned<file::Rule>) -> Result<Rule, ConfigError> {
    let line = source.text[..entry.span().start].matches('\n').count() + 1;
    let rule = entry.into_inner();
    let mut spans: Vec<_> = [rule.user.as_ref().map(Spanned::span), rule.group.as_ref().map(Spanned::span)].into_iter().flatten().collect();
    spans.extend(rule.uid.as_ref().map(Spanned::span));
    spans.sort_by_key(|span| span.start);
    if let Some(second) = spans.get(1) {
        let help = "write one rule for each, in the order in which they are to decide";
        return Err(source.error(second.clone(), "a rule is for one: `user`, `group` or `uid`", help));
    }
    let whom = match (rule.user, rule.group, rule.uid) {
        (Some(user), _, _) => Whom::User(named(source, user)?),
        (_, Some(group), _) => Whom::Group(named(source, group)?),
        (_, _, Some(uid)) => Whom::Uid(uid.into_inner()),
        (None, None, None) => Whom::Everybody,
    };
    let acts = match rule.acts {
        None => Act::ALL.to_vec(),
        Some(acts) if acts.get_ref().is_empty() => {
            return Err(source.error(acts.span(), "a rule without acts decides nothing", "leave the key out for all acts"));
        }
        Some(acts) => acts.into_inner().into_iter().map(|act| act.into_inner().into()).collect(),
    };
    Ok(Rule { line, whom, acts, allow: rule.verdict == Said::Allow })
}

fn named(source: &Source<'_>, name: Spanned<String>) -> Result<String, ConfigError> {
    if name.get_ref().is_empty() {
        return Err(source.error(name.span(), "nobody has an empty name", "leave the key out for a rule that is for everybody"));
    }
    Ok(name.into_inner())
}

fn limit(source: &Source<'_>, given: Option<Spanned<u32>>, standard: usize) -> Result<usize, ConfigError> {
    match given {
        Some(given) if *given.get_ref() == 0 => {
            Err(source.error(given.span(), "nobody could do anything", "deny `open` in a rule to lock a user out"))
        }
        given => Ok(given.and_then(|given| usize::try_from(given.into_inner()).ok()).unwrap_or(standard)),
    }
}
