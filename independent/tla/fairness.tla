------------------------------ MODULE fairness ------------------------------
(***************************************************************************)
(* Does a liveness checker know what fairness is? A small model whose      *)
(* answers are known: somebody wants a link, raising it may fail, the      *)
(* world comes and goes, nobody has to do anything unless a fairness       *)
(* condition says so. Conditions and questions are put together by the     *)
(* test: for each place, whether a fair run can stay in it for ever.       *)
(***************************************************************************)
EXTENDS Naturals, Sequences, TLC

VARIABLES want, link, reach

vars == <<want, link, reach>>

Ask == ~want /\ link = "down" /\ want' = TRUE /\ UNCHANGED <<link, reach>>
Raise == want /\ link = "down" /\ link' = "rising" /\ UNCHANGED <<want, reach>>
Succeed == link = "rising" /\ reach /\ link' = "up" /\ UNCHANGED <<want, reach>>
Fail == link = "rising" /\ link' = "down" /\ UNCHANGED <<want, reach>>
Flap == reach' = ~reach /\ UNCHANGED <<want, link>>
Expire == want /\ link # "up" /\ want' = FALSE /\ link' = (IF link = "rising" THEN "falling" ELSE link) /\ UNCHANGED reach
Fall == link = "falling" /\ link' = "down" /\ UNCHANGED <<want, reach>>
Leave == want /\ link = "up" /\ want' = FALSE /\ link' = "falling" /\ UNCHANGED reach
Lose == link = "up" /\ ~reach /\ link' = "down" /\ UNCHANGED <<want, reach>>

Next == Ask \/ Raise \/ Succeed \/ Fail \/ Flap \/ Expire \/ Fall \/ Leave \/ Lose

(* Places. *)
Falling == link = "falling"
Rising == link = "rising"
Waiting == want /\ link # "up"
InReach == want /\ link # "up" /\ reach
OutOfReach == want /\ link # "up" /\ ~reach
Used == want /\ link = "up"
Idle == ~want /\ link = "down"

Places ==
    << <<"Falling", Falling>>, <<"Rising", Rising>>, <<"Waiting", Waiting>>, <<"InReach", InReach>>,
       <<"OutOfReach", OutOfReach>>, <<"Used", Used>>, <<"Idle", Idle>> >>

Init == want = FALSE /\ link = "down" /\ reach = TRUE

(* Prints every transition under each of its names, and in which places it begins. *)
Edge(name) == PrintT("@@E@@" \o ToString(vars) \o "@@" \o ToString(Places) \o "@@" \o name \o "@@" \o ToString(vars'))
Log ==
    /\ Ask => Edge("Ask")
    /\ Raise => Edge("Raise")
    /\ Succeed => Edge("Succeed")
    /\ Fail => Edge("Fail")
    /\ Flap => Edge("Flap")
    /\ Expire => Edge("Expire")
    /\ Fall => Edge("Fall")
    /\ Leave => Edge("Leave")
    /\ Lose => Edge("Lose")
=============================================================================
