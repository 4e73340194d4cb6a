----------------------------- MODULE handshake -----------------------------
(***************************************************************************)
(* What does the contract say of one session on a service network of two   *)
(* access points? Written from the contract alone, as a pure function from *)
(* a state and an event to the next state and the notices of the step; in  *)
(* brackets the section each part was written from.                        *)
(*                                                                         *)
(* The session begins in mode Application and may stop links. Access point *)
(* 1 is better than 2. Time is an event ("expires" is the            *)
(* session's deadline). An executor's report reaches the hub in the step   *)
(* in which it becomes true. An access point that goes out of reach ends   *)
(* the operation under way on it; others take links up and down only while *)
(* no operation is under way.                                              *)
(*                                                                         *)
(* The constants are what the contract leaves open; see README.md.         *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    Calls,           \* what the client and others do beside the handshake: a subset of {"request_roam", "window", "modes", "others"}
    ShowsClosing,    \* a session that is not open shows Closing while a member is lowered [5], or Disconnected [4]
    FailedOpen,      \* kind of the error of an open that was tried and failed [5]
    TriesInOrder,    \* after a failure only members behind it are tried [5]
    ExpiryIsTold,    \* an offer that nobody answers in time is withdrawn by a notice [6.3]
    OpenRemembers,   \* suppressions and back-off survive a close [6.6, 13]
    LostMayReturn,   \* the access point that was lost backs off like one that failed, and may be offered after that [6.2, 6.6]
    WindowBarsAll,   \* a suppression window bars request_roam as well [6.1, 6.5]
    AsksAgain,       \* who was asked for an offer, and is in mode Application again when its candidate is up, is asked for a verdict [6.1]
    StopsAll         \* a stop by a session that is not open takes down every member that is up, not only the one it mirrors [4, 5]

VARIABLES
    s,      \* the state
    label   \* how it was reached: event and notices; no part of the state (see View)

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

(* [7.1] a lease is gone, and no other session is there to hold it *)
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

(* [7.1] says of a link we raised that it is ours; it stays so while the session that lost it is open on another one, and *)
(* if it comes up again by itself then, nobody holds it and it is lowered. *)

(* [6.3] any row that drops the candidate and returns *)
Decline(r) == Back(Drop(Suppress(r, r.cand), r.cand), "SessionAborted")
(* An error is told where the session goes on; one that is lost is told by that [6.3, 11]. *)
Failed(r) ==
    LET rest == Back(Drop(BackOff(r, r.cand), r.cand), "Roaming") IN
    IF rest.hold = "Free" THEN rest ELSE Error(rest, "Roaming")

(* [5] on failure the next one, each tried once; all failed: error *)
RECURSIVE Try(_)
Try(r) ==
    LET left == {a \in AP : Usable(r, a) /\ a \notin r.tried /\ (TriesInOrder => a > r.cur)} IN
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

----------------------------------------------------------------------------
(* Events, and what they do. *)

(* The current link is no longer up [4, 5, 6.3]. *)
CurrentLost(r) ==
    LET l == [r EXCEPT !.lost = TRUE, !.supp[r.cur] = IF LostMayReturn THEN "Failed" ELSE @] IN
    CASE r.phase = "Stable" -> Back(l, "SessionAborted")
      [] OTHER -> l

(* A link is not up any more, or its raise came to nothing. *)
Down(r, a, was) ==
    CASE r.hold = "Wanting" /\ r.cur = a /\ (was # "Lowering" \/ ~r.avail[a]) -> OpenFails(r)
      [] r.hold = "Held" /\ r.cur = a /\ ~r.lost -> CurrentLost(r)
      [] Testing(r) /\ r.cand = a /\ (was # "Lowering" \/ ~r.avail[a]) -> Failed(r)
      [] a \in Leases(r) -> Take(r, a)
      [] OTHER -> r

Vanish(r, a) ==
    LET was == r.link[a]
        gone == [r EXCEPT !.avail[a] = FALSE, !.link[a] = "Down",
                          !.ours[a] = IF was \in {"Raising", "Lowering"} THEN FALSE ELSE @]
    IN IF was = "Down" THEN gone ELSE Down(gone, a, was)

(* [6.6] what was declined may be offered when it comes back; what failed still backs off *)
Appear(r, a) == [r EXCEPT !.avail[a] = TRUE, !.supp[a] = IF @ = "Declined" THEN "No" ELSE @]

Raised(r, a) ==
    LET u == [r EXCEPT !.link[a] = "Up"] IN
    CASE r.hold = "Wanting" /\ r.cur = a -> Tell([u EXCEPT !.hold = "Held", !.tried = {}], "Opened", "")
      [] r.hold = "Held" /\ r.phase = "Migrating" /\ r.cand = a -> Arrived(u)
      [] a \notin Leases(r) -> Drop(u, a)
      [] OTHER -> u

RaiseFailed(r, a) == Down([r EXCEPT !.link[a] = "Down", !.ours[a] = FALSE], a, "Raising")

Lowered(r, a) == Down([r EXCEPT !.link[a] = "Down", !.ours[a] = FALSE], a, "Lowering")

Open(r) ==
    IF {a \in AP : Usable(r, a)} = {} THEN Error(r, "InvalidConfiguration")
    ELSE Try([r EXCEPT !.tried = {}])

Close(r) == Tell(End(r), "Closed", "")

(* [5, 6.3] all links of the session go down, whoever raised them; of one that is not open those it mirrors [4] *)
Mirrors(r) ==
    LET up == {a \in AP : Up(r, a)} IN IF up = {} \/ StopsAll THEN up ELSE {Min(up)}
StopFree(r) == [r EXCEPT !.link = [a \in AP |-> IF a \in Mirrors(r) THEN "Lowering" ELSE @[a]]]
Stop(r) ==
    LET hit == {a \in Leases(r) : r.link[a] \in {"Raising", "Up"}}
        end == End(r)
    IN IF r.hold = "Free" THEN StopFree(r)
       ELSE Tell([end EXCEPT !.link = [a \in AP |-> IF a \in hit THEN "Lowering" ELSE @[a]]], "Closed", "")

RequestRoam(r) ==
    LET clear == [r EXCEPT !.supp = [a \in AP |-> IF a = r.cur THEN "Declined" ELSE IF @[a] = "Declined" THEN "No" ELSE @[a]]]
        others == IF r.window /\ WindowBarsAll THEN {} ELSE Candidates(clear)
    IN IF others = {} THEN Error(r, "Roaming") ELSE Offer(clear, Min(others))

Confirmed(r) ==
    LET old == IF r.lost THEN r ELSE Drop(r, r.cur)
    IN [old EXCEPT !.phase = "Stable", !.asked = FALSE, !.cur = r.cand, !.cand = None, !.lost = FALSE]

(* [6.1] a pending question is answered *)
SetMode(r, mode) ==
    LET m == [r EXCEPT !.mode = mode] IN
    IF r.hold # "Held" \/ ~r.asked \/ mode = "Application" THEN m
    ELSE IF mode = "Forced"
    THEN LET forced == [m EXCEPT !.asked = AsksAgain] IN
         CASE r.phase = "Offered" -> Migrate(forced)
           [] r.phase = "Trial" -> [forced EXCEPT !.phase = "Committing"]
           [] OTHER -> forced
    ELSE CASE r.phase \in {"Offered", "Trial"} -> Decline(m)
           [] OTHER -> m

Expires(r) ==
    CASE r.hold = "Wanting" -> OpenFails(r)
      [] r.phase \in {"Offered", "Trial"} -> Decline(IF ExpiryIsTold THEN Tell(r, "Withdrawn", "") ELSE r)
      [] r.phase = "Migrating" -> Failed(r)
      [] r.phase = "Committing" -> Failed(r)

Held(r) == r.hold = "Held"

(* What can happen, and what it leads to before it settles. *)
Happenings(r) ==
    { <<"open", Open(r)>> : x \in {y \in {0} : r.hold = "Free"} }
    \cup { <<"close", Close(r)>> : x \in {y \in {0} : r.hold # "Free"} }
    \cup { <<"stop", Stop(r)>> }
    \cup { <<"migrate", Migrate(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Offered"} }
    \cup { <<"ignore", Decline(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Offered"} }
    \cup { <<"accept", [r EXCEPT !.phase = "Committing"]>> : x \in {y \in {0} : Held(r) /\ r.phase = "Trial"} }
    \cup { <<"reject", Decline(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Trial"} }
    \cup { <<"request_roam", RequestRoam(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Stable" /\ "request_roam" \in Calls} }
    \cup { <<"open a suppression window", [r EXCEPT !.window = TRUE]>> : x \in {y \in {0} : Held(r) /\ ~r.window /\ "window" \in Calls} }
    \cup { <<"end the suppression window", [r EXCEPT !.window = FALSE]>> : x \in {y \in {0} : r.window} }
    \cup { <<"window ends", [r EXCEPT !.window = FALSE]>> : x \in {y \in {0} : r.window} }
    \cup { <<"set mode " \o mode, SetMode(r, mode)>> : mode \in {m \in {"Off", "Forced", "Application"} : "modes" \in Calls} }
    \cup { <<"expires", Expires(r)>> : x \in {y \in {0} : r.hold = "Wanting" \/ (Held(r) /\ r.phase # "Stable")} }
    \cup { <<"route switched", Confirmed(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Committing"} }
    \cup { <<"route refused", Failed(r)>> : x \in {y \in {0} : Held(r) /\ r.phase = "Committing"} }
    \cup { <<"appears " \o ToString(a), Appear(r, a)>> : a \in {b \in AP : ~r.avail[b]} }
    \cup { <<"vanishes " \o ToString(a), Vanish(r, a)>> : a \in {b \in AP : r.avail[b]} }
    \cup { <<"raised " \o ToString(a), Raised(r, a)>> : a \in {b \in AP : r.link[b] = "Raising"} }
    \cup { <<"raise failed " \o ToString(a), RaiseFailed(r, a)>> : a \in {b \in AP : r.link[b] = "Raising"} }
    \cup { <<"lowered " \o ToString(a), Lowered(r, a)>> : a \in {b \in AP : r.link[b] = "Lowering"} }
    \cup { <<"up by others " \o ToString(a), Raised(r, a)>> : a \in {b \in AP : "others" \in Calls /\ r.avail[b] /\ r.link[b] = "Down"} }
    \cup { <<"down by others " \o ToString(a), Down([r EXCEPT !.link[a] = "Down"], a, "Up")>> : a \in {b \in AP : "others" \in Calls /\ Up(r, b)} }
    \cup { <<"suppression ends " \o ToString(a), [r EXCEPT !.supp[a] = "No"]>> : a \in {b \in AP : Barred(r, b)} }

(* [5] an open is answered once; [11] state, then opened or closed, then offers, then errors *)
Class(notice) ==
    CASE notice[1] \in {"Opened", "Closed"} -> 1
      [] notice[1] = "Error" -> 3
      [] OTHER -> 2
Notices(event, before, after) ==
    LET of(class) == SelectSeq(after.out, LAMBDA notice : Class(notice) = class) IN
    (IF Public(before) = Public(after) THEN <<>> ELSE << <<"State", Public(after)>> >>) \o of(1) \o of(2) \o of(3)
    \o (IF (event = "open" \/ before.hold = "Wanting") /\ after.hold # "Wanting" THEN << <<"Answer", "open">> >> ELSE <<>>)

Start ==
    [ avail |-> [a \in AP |-> FALSE], link |-> [a \in AP |-> "Down"], ours |-> [a \in AP |-> FALSE],
      hold |-> "Free", phase |-> "Stable", cur |-> None, cand |-> None, lost |-> FALSE, asked |-> FALSE,
      window |-> FALSE, mode |-> "Application", tried |-> {}, supp |-> [a \in AP |-> "No"], out |-> <<>> ]

Init == s = Start /\ label = <<"", <<>>>> /\ PrintT("@@I@@" \o ToString(s) \o "@@" \o ToString(Visible(s)))

Next ==
    \E happening \in Happenings(s) :
        LET after == Settled(happening[2]) IN
        /\ s' = [after EXCEPT !.out = <<>>]
        /\ label' = <<happening[1], Notices(happening[1], s, after)>>

Spec == Init /\ [][Next]_<<s, label>>

View == s

(* Prints every transition: where from, by what, the notices, where to. *)
Log ==
    PrintT("@@T@@" \o ToString(s) \o "@@" \o label'[1] \o "@@" \o ToString(label'[2]) \o "@@"
           \o ToString(s') \o "@@" \o ToString(Visible(s')))

----------------------------------------------------------------------------
(* What must hold of the specification itself [14]. *)

S1 == s.hold = "Held" => Public(s) \in {"Connected", "Roaming"}
S10 == s.hold = "Held" /\ s.phase \in {"Migrating", "Trial"} => s.cand \in Leases(s) /\ (s.lost \/ Up(s, s.cur))
S12 == s.hold = "Held" /\ s.phase = "Offered" => s.cand \in Pool(s)
Alive == s.hold = "Held" /\ ~s.lost => Up(s, s.cur)
=============================================================================
