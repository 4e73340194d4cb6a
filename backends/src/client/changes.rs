//! Streams of changes: a snapshot first, then every change after it, none lost (SPEC §11).

use super::Configuration;
use crate::executor::{Attributes, Carrier};
use futures_core::Stream;
use netsession_fsm::hub::{CatalogueNotice, Notice, Snapshot};
use netsession_fsm::words::{AccessPointId, ConfigurationId};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Something a subscriber of a session learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// How the session stood when the subscription began; always first, and only then.
    Snapshot(Snapshot),
    /// What happened since.
    Notice {
        /// One more than that of the change before it; the first follows the snapshot's.
        sequence: u64,
        /// What.
        notice: Notice,
    },
}

/// Something a watcher of the catalogue learns.
#[derive(Debug, Clone, PartialEq)]
pub enum CatalogueChange {
    /// How everything stood when the watch began; always first, and only then.
    Snapshot {
        /// Every configuration, sorted.
        configurations: Vec<Configuration>,
        /// The default configuration.
        default: Option<ConfigurationId>,
        /// The access point the system default route goes through; `None`: as found.
        default_route: Option<AccessPointId>,
    },
    /// What happened since.
    Notice(CatalogueNotice),
    /// The usable side of a link that came up, after the [`Notice`](Self::Notice) that says so; or of one that is up and has other
    /// addresses, another gateway or other name servers now.
    Carrier(AccessPointId, Carrier),
    /// What an executor knows of an access point: interface, bearer, connectivity. A [`Notice`](Self::Notice) follows if that
    /// changes the configuration's own attributes.
    Attributes(AccessPointId, Attributes),
}

macro_rules! stream {
    ($(#[$doc:meta])* $name:ident, $item:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(mpsc::UnboundedReceiver<$item>);

        impl $name {
            /// A stream of what the port delivers.
            pub(crate) fn new(receiver: mpsc::UnboundedReceiver<$item>) -> Self {
                Self(receiver)
            }

            /// The next one; `None` when there will never be another. Nothing is lost if the future is dropped.
            pub async fn next(&mut self) -> Option<$item> {
                self.0.recv().await
            }

            /// The next one if it is already there.
            pub fn try_next(&mut self) -> Option<$item> {
                self.0.try_recv().ok()
            }
        }

        impl Stream for $name {
            type Item = $item;

            fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<$item>> {
                self.0.poll_recv(context)
            }
        }
    };
}

stream!(
    /// The changes of one session, from [`super::Session::changes`].
    Changes, Change
);
stream!(
    /// The changes of the catalogue, from [`super::Client::watch`].
    Watch, CatalogueChange
);
