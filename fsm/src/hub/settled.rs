//! Questions the contract leaves open, and how they are settled here. No code; each line is what the hub does.
//!
//! - **Reports are whole states.** A report says how a link stands and which operation is finished, not what happened, so that a late
//!   or doubled one can be dropped and a lost one is made good by the next (SPEC §2, §9).
//! - **Off never roams.** S18 allows a roam "unless lost": that is for suppression windows. A session whose mode is Off closes when its
//!   link is lost (SPEC §6.1).
//! - **A link that is lost is backed off from**, so that a link somebody else took down is not raised again at once, and a flapping one
//!   not offered at every flap (SPEC §6.6).
//! - **Stop aborts whoever leases the link**, also who is only testing it as a candidate (S4, SPEC §5, §7.1).
//! - **Opening an access point whose radio is occupied by one nobody leases** lowers that one, as a migration on a shared radio does;
//!   only one that others lease, or may go back to from their trial, makes the radio busy (SPEC §7.3). S6 counts it as forced.
//! - **A Wanting session shows Connecting**, also while its link is still being lowered from before or its radio is being freed (SPEC §5).
//! - **A passed deadline withdraws the offer**, also in Trial, so that the application learns of it (SPEC §6.3).
//! - **`request_roam` while a suppression window is open, or with mode Off**, is refused with a roaming error (S18, SPEC §6.5).
//! - **A Prefer supersedes the one before it.** One that fails makes only those sessions fall back that asked for its target; the route
//!   is tried again after a while (SPEC §7.4).
//! - **Requirements that exclude the current access point** make every admissible one an upgrade; until one comes, the session stays
//!   where it is: what works is not dropped (SPEC §6.2).
//! - **Back-off is forgiven** when the candidate becomes the active one (SPEC §6.6).
//! - **S7 and closing**: a session that is not open mirrors its configuration, so `closed` may be followed by state changes (SPEC §4); no
//!   other notice follows it but the error that explains it (SPEC §11).
//! - **S19 at the moment a session leaves**: when the session that used a link closes while another one tests it, the default route is on
//!   what is now a mere candidate. No system can move a route in no time; the promise is that the route is never *sent* to a candidate,
//!   and that a `Prefer` away from one is under way as soon as it became one.
//! - **A route goes with its link** (kernels drop it); a link that comes up again waits for the next `Prefer`.
//! - **S14 and operations under way**: a resync does not end a raise or a lower that the executor still carries on; `done` says whether it
//!   does. So the links afterwards are a function of snapshot (which holds `done`), leases, and what was commanded.
//! - **Until an operation is done, a report says nothing about it** (S5): an Active that was told before a `Lower` is done, or before a
//!   `Raise` is, would otherwise be taken for its end, and the next `Raise` be given while one is under way.
//! - **A failed attempt to open counts as a failure** of that access point (SPEC §6.6): a session that opened on the next one is not
//!   offered the failed one at once.
//! - **A better member that comes into reach while another one is tried** is tried when that attempt has failed, not before; each member
//!   once in one open, and the error is that of the best which failed (SPEC §5).
//! - **A link we raised is lowered when its configuration is removed**, and again until it is down; until then it occupies its radio
//!   (SPEC §5, §7.3, L5). Defined again before that, it is still being lowered, as any other link that nobody uses any more.
//! - **A group that is defined anew without what a session is on** is for that session a link that is lost, or, where it chose what is no
//!   option any more, a configuration that is removed (SPEC §5).
//! - **A user choice without a removed service network** has the access points of its other options only; a removed one resolves to
//!   nothing.
//! - **`request_roam` does not wait for anything to settle**: the current access point was said not to serve (SPEC §6.2, §6.5).
//! - **What is leased again within a step is not lowered in it**: links are let go of when everything else of the step is done. Who opens
//!   again by itself because of that does so in a step of its own (S6).
//! - **Offers end with `closed`**: an offer, activation or withdrawal of the batch in which the session closes is not told any more, and
//!   of several errors only the last, which says how the session ended (SPEC §11).
//! - **The executor's reports after `Gone`** are late; what can only be had by raising on it is not offered until it is back (SPEC §9).
//! - **What we raised stays ours through a lost executor**: also after the grace time, so that it comes down when the executor is back
//!   (L5).
//! - **After a crash of ours a handshake stays in its phase**, with its deadline anew, and offers stand: an executor that is starting
//!   carries out what it is given, one that is gone does not (SPEC §6.3, §8).
//! - **A raise that was under way at a crash** is given again when its executor has said how the link stands, if somebody still waits
//!   for it; else what is left of it is lowered. Whoever waits goes on waiting, and is told by notices: the answer to the request went
//!   with the connection (S2, SPEC §8).
//! - **How much of a time had passed at a crash is not known**: deadlines, suppressions and windows begin anew; what was in reach counts
//!   as in reach for long enough.
