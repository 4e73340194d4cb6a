------------------------------ MODULE session ------------------------------
(***************************************************************************)
(* What does the contract say of a session: what is visible of it, and of  *)
(* which parts do its steps consist? Pure functions of a state, written    *)
(* from the contract alone; see handshake.tla.                             *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    Calls,           \* what the client and others do beside the handshake: a subset of {"request_roam", "window", "modes", "others"}
    ShowsClosing,    \* a session that is not open shows Closing while a member is lowered [5], or Disconnected [4]
    FailedOpen,      \* kind of the error of an open that was tried and failed [5]
    ExpiryIsTold,    \* an offer that nobody answers in time is withdrawn by a notice [6.3]
    OpenRemembers,   \* suppressions and back-off survive a close [6.6, 13]
    LostMayReturn,   \* the access point that was lost backs off like one that failed, and may be offered after that [6.2, 6.6]
    WindowBarsAll,   \* a suppression window bars request_roam as well [6.1, 6.5]
    AsksAgain,       \* who was asked for an offer, and is in mode Application again when its candidate is up, is asked for a verdict [6.1]
    StopsAll         \* a stop by a session that is not open takes down every member that is up, not only the one it mirrors [4, 5]

AP == {1, 2}
None == 0
Min(set) == CHOOSE a \in set : \A b \in set : a <= b

----------------------------------------------------------------------------
(* What is visible. *)

Up(r, a) == a # None /\ r.link[a] = "Up"

Testing(r) == r.hold = "Held" /\ r.phase \in {"Migrating", "Trial", "Committing"}

(* [7.1, S10, S11] *)
Leases(r) ==
    (IF r.hold = "Wanting" \/ (r.hold = "Held" /\ ~r.lost) THEN {r.cur} ELSE {})
    \cup (IF Testing(r) THEN {r.cand} ELSE {})

(* [4] of one link *)
Shown(r, a) ==
    CASE r.link[a] = "Up" -> "Connected"
      [] r.link[a] = "Raising" -> "Connecting"
      [] r.link[a] = "Lowering" -> "Closing"
      [] OTHER -> IF r.avail[a] THEN "Disconnected" ELSE "NotAvailable"

(* [4] of a session that is not open: the best of its members; [5] Closing, then Disconnected *)
Mirrored(r) ==
    LET all == {Shown(r, a) : a \in AP} IN
    CASE "Connected" \in all -> "Connected"
      [] "Connecting" \in all -> "Connecting"
      [] ShowsClosing /\ "Closing" \in all -> "Closing"
      [] {"Closing", "Disconnected"} \cap all # {} -> "Disconnected"
      [] OTHER -> "NotAvailable"

(* [4] *)
Public(r) ==
    CASE r.hold = "Free" -> Mirrored(r)
      [] r.hold = "Wanting" -> "Connecting"
      [] OTHER ->
           CASE r.phase = "Stable" -> "Connected"
             [] r.phase = "Offered" -> IF r.lost THEN "Roaming" ELSE "Connected"
             [] OTHER -> "Roaming"

(* [6.2]; by request_roam the current link is up, and the other is what is left when it is not served *)
Kind(r) == IF r.lost THEN "Downgrade" ELSE "Upgrade"

(* [3] *)
Configuration(r, a) == IF r.link[a] = "Up" THEN "Active" ELSE IF r.avail[a] THEN "Discovered" ELSE "Defined"

Visible(r) ==
    << Public(r), r.hold = "Held", r.phase,
       IF r.hold = "Held" /\ ~r.lost THEN r.cur ELSE None,
       IF r.phase = "Offered" THEN <<r.cand, Kind(r)>> ELSE <<None, "None">>,
       IF r.phase \in {"Trial", "Committing"} THEN r.cand ELSE None,
       1 \in Leases(r), 2 \in Leases(r),
       Configuration(r, 1), Configuration(r, 2) >>

----------------------------------------------------------------------------
(* Parts of steps. A notice is a pair of its name and what it says. *)

Tell(r, name, what) == [r EXCEPT !.out = Append(@, <<name, what>>)]
Error(r, kind) == Tell(r, "Error", kind)

(* In reach, and the link is down or up: Discovered or Active [3]. A link that is being lowered is waited for. *)
Usable(r, a) == r.avail[a]

Barred(r, a) == r.supp[a] # "No"

(* [5] at most one Raise per link; one that is being lowered is raised when it is down *)
Take(r, a) == IF r.link[a] = "Down" THEN [r EXCEPT !.link[a] = "Raising", !.ours[a] = TRUE] ELSE r

(* [7.1] a lease is gone, and no other session is there to hold it. A link we raised and that was lost stays ours while the *)
(* session is open on another one: if it comes up by itself then, nobody holds it. *)
Drop(r, a) ==
    IF a # None /\ r.ours[a] /\ r.link[a] \in {"Raising", "Up"} THEN [r EXCEPT !.link[a] = "Lowering"] ELSE r

Freed(r) ==
    [r EXCEPT !.hold = "Free", !.phase = "Stable", !.cur = None, !.cand = None, !.lost = FALSE, !.tried = {}, !.asked = FALSE,
              !.window = FALSE, !.ours = [a \in AP |-> @[a] /\ r.link[a] # "Down"],
              !.supp = IF OpenRemembers THEN @ ELSE [a \in AP |-> "No"]]

(* Lets go of everything it leases, and ends. *)
End(r) ==
    LET both == IF Testing(r) THEN Drop(r, r.cand) ELSE r
        current == IF r.hold = "Wanting" \/ ~r.lost THEN Drop(both, r.cur) ELSE both
    IN Freed(current)

(* [6.3] Lost. [11] Closed is the last signal. *)
Lose(r, kind) == Error(Tell([End(r) EXCEPT !.out = SelectSeq(@, LAMBDA notice : notice[1] # "Withdrawn")], "Closed", ""), kind)

(* [6.2]. The order is the service network's. In mode Off the session does not roam [6.1]. *)
Candidates(r) ==
    IF r.mode = "Off" THEN {}
    ELSE {a \in AP : Usable(r, a) /\ (a # r.cur \/ (LostMayReturn /\ r.lost)) /\ ~Barred(r, a)}
(* Better than the current one; any other is while that is suppressed by request_roam [6.5]. *)
Upgrades(r) ==
    IF r.window /\ (WindowBarsAll \/ r.supp[r.cur] # "Declined") THEN {}
    ELSE {a \in Candidates(r) : a < r.cur \/ r.supp[r.cur] = "Declined"}
(* What may be offered now. *)
Pool(r) == IF r.lost THEN Candidates(r) ELSE Upgrades(r)

RECURSIVE Decline(_)

(* [6.3] candidate up; it may be up already. What the application is not asked, the hub answers itself [6.4]. *)
Arrived(r) ==
    IF ~Up(r, r.cand) THEN r
    ELSE IF r.mode = "Off" THEN Decline(r)
    ELSE IF r.asked /\ r.mode = "Application" THEN Tell([r EXCEPT !.phase = "Trial"], "Activated", r.cand)
    ELSE [r EXCEPT !.phase = "Committing"]

Migrate(r) == Arrived(Take([r EXCEPT !.phase = "Migrating"], r.cand))

Offer(r, a) ==
    LET o == [r EXCEPT !.phase = "Offered", !.cand = a, !.asked = r.mode = "Application"] IN
    IF o.asked THEN Tell(o, "Offer", <<a, Kind(o)>>) ELSE Migrate(o)

(* The old link if it is alive, else the next offer, else lost [6.3]. *)
Back(r, kind) ==
    LET rest == [r EXCEPT !.phase = "Stable", !.cand = None, !.asked = FALSE] IN
    IF ~r.lost THEN rest
    ELSE IF Candidates(rest) # {} THEN Offer(rest, Min(Candidates(rest)))
    ELSE Lose(rest, kind)

Suppress(r, a) == [r EXCEPT !.supp[a] = "Declined"]
BackOff(r, a) == [r EXCEPT !.supp[a] = "Failed"]

(* [6.3] any row that drops the candidate and returns *)
Decline(r) == Back(Drop(Suppress(r, r.cand), r.cand), "SessionAborted")
(* An error is told where the session goes on; one that is lost is told by that [6.3, 11]. *)
Failed(r) ==
    LET rest == Back(Drop(BackOff(r, r.cand), r.cand), "Roaming") IN
    IF rest.hold = "Free" THEN rest ELSE Error(rest, "Roaming")

(* [5] on failure the next one, each tried once; all failed: error *)
RECURSIVE Try(_)
Try(r) ==
    LET left == {a \in AP : Usable(r, a) /\ a \notin r.tried} IN
    IF left = {} THEN Error(Freed(r), FailedOpen)
    ELSE LET a == Min(left)
             t == [r EXCEPT !.hold = "Wanting", !.cur = a, !.tried = @ \cup {a}]
         IN IF Up(t, a) THEN Tell([t EXCEPT !.hold = "Held", !.tried = {}], "Opened", "") ELSE Take(t, a)

OpenFails(r) == Try(Drop(BackOff(r, r.cur), r.cur))

(* What follows of a step by itself [6.2, 6.3]: offers appear, are withdrawn, are replaced. *)
Settled(r) ==
    IF r.hold # "Held" THEN r
    ELSE CASE r.phase = "Stable" -> IF Upgrades(r) # {} THEN Offer(r, Min(Upgrades(r))) ELSE r
           [] r.phase = "Offered" ->
                IF r.cand \in Pool(r) /\ r.cand = Min(Pool(r)) THEN r
                ELSE IF r.cand \in Pool(r) THEN Offer(Tell(r, "Withdrawn", ""), Min(Pool(r)))
                ELSE LET back == Back(Tell(r, "Withdrawn", ""), "Roaming") IN
                     IF back.phase = "Stable" /\ back.hold = "Held" /\ Upgrades(back) # {}
                     THEN Offer(back, Min(Upgrades(back))) ELSE back
           [] OTHER -> r
=============================================================================
