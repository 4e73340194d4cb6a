//! When do a link's rules and table change, and what are they to be?

use super::facts::Presence;
use super::map;
use super::policy::Policy;
use super::refused::Refused;
use super::rights;
use super::task::Task;
use netsession_fsm::words::Cause;
use std::net::IpAddr;

impl Task {
    /// Makes rules and table of a link fit its addresses and routers; see `policy.rs`. A kernel that has no policy routing is told of
    /// once: sockets bound to the device go through it all the same.
    pub(super) async fn set_policy(&mut self, at: usize) {
        self.links[at].stale = false;
        let Some(index) = self.links[at].touched().filter(|_| self.links[at].is_ours()) else { return };
        let policy = self.policy(at, index);
        match self.try_policy(at, index, &policy).await {
            Ok(()) => {}
            Err(refused) if refused.cause == Cause::Vanished => {}
            Err(refused) if self.policy_refused => tracing::debug!(%refused, "netlink: no policy routing"),
            Err(refused) => {
                self.policy_refused = true;
                tracing::warn!(%refused, "netlink: sockets bound to a link's address, not to its device, may leave through another link");
            }
        }
    }

    /// A link that was Active without us has no rules of ours: under strict reverse path filtering it works only with the default
    /// route. Told once.
    pub(super) fn warn_if_strict(&mut self, at: usize) {
        let interface = &self.links[at].profile.interface;
        if !self.links[at].is_ours() && !std::mem::replace(&mut self.strictness_told, true) && rights::is_strict(interface) {
            let what = "net.ipv4.conf.*.rp_filter is 1: answers come in on this link only while it has the default route; 2 lets them in";
            tracing::warn!(interface, "netlink: {what}");
        }
    }

    /// For what is there of the link's addresses; nothing while the device is down.
    fn policy(&self, at: usize, index: u32) -> Policy {
        let link = &self.links[at];
        if !self.facts.device(index).is_some_and(|device| device.up) {
            return Policy::default();
        }
        let standing = link.standing();
        let mut addresses = map::addresses(&self.facts, &link.profile, standing, index);
        addresses.retain(|address| self.facts.worst(index, &[*address]) > Presence::Failed);
        let gateways = map::gateways(&self.facts, &link.profile, standing, index);
        Policy::new(&addresses, &gateways, |gateway| link.is_off_link(gateway))
    }

    async fn try_policy(&mut self, at: usize, index: u32, policy: &Policy) -> Result<(), Refused> {
        let table = match self.links[at].table {
            Some(table) => table,
            None if policy.sources.is_empty() => return Ok(()),
            None => {
                let rules = self.kernel.rules().await?;
                let taken: Vec<u32> = self.links.iter().flat_map(|link| [link.table, link.left]).flatten().collect();
                let from = self.options.table_base.saturating_add(index);
                let table = self.kernel.free_table(from, &rules, &taken).await?.ok_or_else(|| Refused::crowded_tables(from))?;
                self.links[at].table = Some(table);
                self.note();
                // what a killed process left: rules for addresses that nobody has any more
                let priority = self.options.rule_priority;
                let orphan = |source: IpAddr| !self.facts.has(source);
                self.kernel.remove_rules(|rule| rule.priority == priority && rule.source.is_some_and(orphan)).await?;
                table
            }
        };
        self.kernel.set_policy(index, table, self.options.rule_priority, policy).await
    }

    /// Goes after events that may have changed what the rules are about, also of links whose device is gone.
    pub(super) async fn mend_policies(&mut self) {
        self.clear_left_tables().await;
        for at in 0..self.links.len() {
            if self.links[at].stale && self.links[at].raising.is_none() {
                self.set_policy(at).await;
                self.follow_gateways(at).await;
            }
        }
    }

    /// The kernel takes the routes of a device that is gone, not the rules.
    pub(super) async fn clear_left_tables(&mut self) {
        for at in 0..self.links.len() {
            if let Some(table) = self.links[at].left.take() {
                let removed = self.kernel.remove_rules(|rule| rule.table == table).await;
                self.warn(removed);
            }
        }
    }
}
