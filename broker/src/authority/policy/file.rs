//! The shape of the policy file: keys and their types, each value with its place in the text.

use crate::authority::Act;
use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) rule: Vec<Spanned<Rule>>,
    #[serde(default)]
    pub(super) limits: Limits,
}

/// `[[rule]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) user: Option<Spanned<String>>,
    pub(super) group: Option<Spanned<String>>,
    pub(super) uid: Option<Spanned<u32>>,
    pub(super) acts: Option<Spanned<Vec<Spanned<Word>>>>,
    pub(super) verdict: Said,
}

/// An act, as the file calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Word {
    Open,
    StopOthers,
    ChooseAccessPoints,
    Observe,
    Configure,
}

impl From<Word> for Act {
    fn from(word: Word) -> Self {
        match word {
            Word::Open => Self::Open,
            Word::StopOthers => Self::StopOthers,
            Word::ChooseAccessPoints => Self::ChooseAccessPoints,
            Word::Observe => Self::Observe,
            Word::Configure => Self::Configure,
        }
    }
}

/// `verdict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    Allow,
    Deny,
}

/// `[limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) sessions: Option<Spanned<u32>>,
    pub(super) requests: Option<Spanned<u32>>,
    pub(super) requests_per_second: Option<Spanned<u32>>,
    pub(super) burst: Option<Spanned<u32>>,
}
