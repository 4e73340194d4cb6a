//! What is told on standard error while a session is held: for people, or one JSON object a line.

use crate::output::{self, ATTENTION, GOOD};
use netsession::executor::Carrier;
use netsession::{Cause, OfferKind, Operation};
use serde::Serialize;

/// Something a person may want to know.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Event<'a> {
    Connecting {
        configuration: &'a str,
    },
    Connected {
        access_point: &'a str,
        #[serde(flatten)]
        carrier: &'a Carrier,
    },
    Roaming,
    Offer {
        access_point: &'a str,
        kind: OfferKind,
        keeps_old: bool,
    },
    Withdrawn,
    Question {
        text: &'a str,
    },
    Ignored {
        access_point: &'a str,
        why: &'a str,
    },
    Trial {
        access_point: &'a str,
        #[serde(flatten)]
        carrier: &'a Carrier,
    },
    Accepted {
        access_point: &'a str,
    },
    Rejected {
        access_point: &'a str,
        why: &'a str,
    },
    NotMoved {
        access_point: &'a str,
        why: &'a str,
    },
    Error {
        configuration: &'a str,
        operation: Operation,
        cause: Cause,
    },
    Lost,
    Interrupted {
        signal: i32,
    },
}

/// Tells events.
pub(super) struct Say {
    pub(super) json: bool,
}

impl Say {
    pub(super) fn event(&self, event: &Event<'_>) {
        if self.json {
            output::complain(&output::json(event));
        } else if let Some(text) = text(event) {
            output::complain(&format!("netsession: {text}"));
        }
    }
}

fn text(event: &Event<'_>) -> Option<String> {
    Some(match event {
        Event::Connecting { configuration } => format!("connecting to {configuration}"),
        Event::Connected { access_point, carrier } => format!("{GOOD}connected{GOOD:#} through {access_point}{}", place(carrier)),
        Event::Roaming => "roaming".to_owned(),
        Event::Offer { access_point, kind, keeps_old } => {
            let why = match kind {
                OfferKind::Upgrade => "is better",
                OfferKind::Downgrade => "is what is left",
            };
            let old = if *keeps_old { "" } else { "; the old link goes down for it" };
            format!("{ATTENTION}{access_point}{ATTENTION:#} {why}{old}")
        }
        Event::Withdrawn => "the offer no longer stands".to_owned(),
        // the question itself is on the terminal already
        Event::Question { .. } => return None,
        Event::Ignored { access_point, why } => format!("{access_point} was not taken: {why}"),
        Event::Trial { access_point, carrier } => format!("{access_point} is up{}, to be tested", place(carrier)),
        Event::Accepted { access_point } => format!("moved to {access_point}"),
        Event::Rejected { access_point, why } => format!("{access_point} was rejected: {why}"),
        Event::NotMoved { access_point, why } => format!("not moved to {access_point}: {why}"),
        Event::Error { configuration, operation, cause } => format!("{operation} on {configuration}: {cause}"),
        Event::Lost => format!("{ATTENTION}the session is lost{ATTENTION:#}"),
        Event::Interrupted { signal } => format!("signal {signal}: closing"),
    })
}

fn place(carrier: &Carrier) -> String {
    if carrier.interface.is_empty() {
        return String::new();
    }
    let addresses: Vec<_> = carrier.addresses.iter().map(ToString::to_string).collect();
    format!(" on {} ({})", carrier.interface, addresses.join(" "))
}
