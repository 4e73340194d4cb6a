//! What may whom on a system without polkit? A file of rules, of which the first that fits decides; and how much of it.

mod check;
mod file;

use super::{Account, Accounts, Act, Authority, Subject, Verdict};
use crate::service::Limits;
use netsession_backends::config::ConfigError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a lookup of a user may take, in a directory on the network for instance.
const PATIENCE: Duration = Duration::from_secs(5);

/// A checked policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// In the order of the file.
    pub rules: Vec<Rule>,
    /// How much each user may have: those the file speaks of, the others as they are without it.
    pub limits: Limits,
}

/// One `[[rule]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its line in the file, from 1.
    pub line: usize,
    /// For whom it is.
    pub whom: Whom,
    /// What it decides.
    pub acts: Vec<Act>,
    /// How.
    pub allow: bool,
}

/// For whom a rule is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Everybody.
    Everybody,
    /// The user of this name.
    User(String),
    /// Members of the group of this name.
    Group(String),
    /// The user with this number.
    Uid(u32),
}

impl Whom {
    fn fits(&self, account: &Account) -> bool {
        match self {
            Self::Everybody => true,
            Self::User(name) => account.name.as_ref() == Some(name),
            Self::Group(name) => account.groups.contains(name),
            Self::Uid(uid) => account.uid == *uid,
        }
    }
}

impl Policy {
    /// Where it is, unless told otherwise.
    pub const PATH: &str = "/etc/netsession/policy.toml";

    /// Reads and checks the text of a policy file; `file` is what it is called in errors.
    ///
    /// # Errors
    /// The first mistake, with line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        check::policy(file, text)
    }

    /// The file that is installed: it documents every key.
    #[must_use]
    pub fn sample() -> &'static str {
        include_str!("../../../data/policy.toml")
    }

    /// What the first rule that fits says; without one root may, and nobody else. The line of the rule is part of a refusal.
    #[must_use]
    pub fn decide(&self, file: &str, account: &Account, act: Act) -> Verdict {
        let rule = self.rules.iter().find(|rule| rule.acts.contains(&act) && rule.whom.fits(account));
        match rule {
            Some(rule) if rule.allow => Verdict::Allowed,
            Some(rule) => Verdict::Denied(format!("the rule in line {} of {file} denies {act} to {}", rule.line, called(account))),
            None if account.uid == 0 => Verdict::Allowed,
            None => Verdict::Denied(format!("no rule of {file} lets {} {act}", called(account))),
        }
    }
}

fn called(account: &Account) -> String {
    account.name.as_ref().map_or_else(|| format!("user {}", account.uid), |name| format!("user {name}"))
}

/// A policy file that decides.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    file: String,
    policy: Arc<Policy>,
    accounts: Arc<dyn Accounts>,
}

impl PolicyFile {
    /// `file` is what it is called in refusals.
    #[must_use]
    pub fn new(file: &str, policy: Policy, accounts: Arc<dyn Accounts>) -> Self {
        Self { file: file.to_owned(), policy: Arc::new(policy), accounts }
    }
}

impl Authority for PolicyFile {
    /// Users are looked up in a thread of their own, and not waited for longer than five seconds.
    fn check(&self, subject: &Subject, act: Act, _: bool) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        let (uid, accounts) = (subject.uid, Arc::clone(&self.accounts));
        Box::pin(async move {
            let looked_up = timeout(PATIENCE, tokio::task::spawn_blocking(move || accounts.account(uid))).await;
            match looked_up {
                Ok(Ok(account)) => self.policy.decide(&self.file, &account, act),
                _ => Verdict::Denied(format!("nobody can tell who user {uid} is: the system's accounts give no answer")),
            }
        })
    }
}
