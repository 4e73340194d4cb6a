//! Whom does the system know? Names of users and groups, and who is in which.

use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
use std::collections::BTreeSet;
use std::ffi::CString;
use std::fmt;

/// A user, as rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Its number.
    pub uid: u32,
    /// Its name; `None` if the system knows none.
    pub name: Option<String>,
    /// The names of its groups, its own first group included.
    pub groups: BTreeSet<String>,
}

/// Where users are looked up.
pub trait Accounts: Send + Sync + fmt::Debug {
    /// What is known of a user. May take long, where accounts are in a directory on the network.
    fn account(&self, uid: u32) -> Account;
}

/// The system's own: `/etc/passwd`, `/etc/group`, and whatever else its name service has. Asked anew each time, so that a user who
/// enters or leaves a group need not wait for anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemAccounts;

impl Accounts for SystemAccounts {
    fn account(&self, uid: u32) -> Account {
        let Ok(Some(user)) = User::from_uid(Uid::from_raw(uid)) else {
            return Account { uid, ..Account::default() };
        };
        let listed = CString::new(user.name.as_str()).ok().and_then(|name| getgrouplist(&name, user.gid).ok());
        let numbers: Vec<Gid> = listed.unwrap_or_else(|| vec![user.gid]);
        let name = |group: Gid| Group::from_gid(group).ok().flatten().map(|group| group.name);
        Account { uid, groups: numbers.into_iter().filter_map(name).collect(), name: Some(user.name) }
    }
}
