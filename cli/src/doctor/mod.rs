//! What works on this system, what does not, and what can be done about it? Looked at, nothing changed.

mod configuration;
mod daemons;
mod kernel;
mod lab;

use crate::arguments::Source;
use netsession::choose;
use serde::Serialize;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It works.
    Ok,
    /// It is missing, and some things need it; sessions as they are configured do not.
    Warning,
    /// A session needs it and does not get it.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// `kernel`, `daemons`, `interfaces`, `configuration` or `lab`.
    pub(crate) group: &'static str,
    pub(crate) name: String,
    pub(crate) status: Status,
    /// What was found.
    pub(crate) found: String,
    /// What to do about it; of no need where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) todo: Option<String>,
}

impl Check {
    fn ok(group: &'static str, name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { group, name: name.into(), status: Status::Ok, found: found.into(), todo: None }
    }

    /// Not well: a problem if sessions need it, else a warning.
    fn bad(group: &'static str, name: impl Into<String>, needed: bool, found: impl Into<String>, todo: impl Into<String>) -> Self {
        let status = if needed { Status::Problem } else { Status::Warning };
        Self { group, name: name.into(), status, found: found.into(), todo: Some(todo.into()) }
    }
}

/// Everything there is to look at.
pub(crate) async fn examine(source: &Source) -> Vec<Check> {
    let scene = choose::survey().await;
    let (configured, needs) = configuration::checks(source, &scene).await;
    let mut checks = kernel::checks(&scene, needs).await;
    checks.extend(daemons::checks(&scene, needs).await);
    checks.extend(configuration::interfaces(&scene));
    checks.extend(configured);
    checks.extend(lab::checks());
    checks
}
