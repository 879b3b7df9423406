"""What a full stop may end besides a sentence: abbreviations, German ordinals, initials.

Kept short on purpose: the Unicode rule that a lower-case letter never follows a sentence's end (UAX 29,
SB8) already settles "etc. and"; only words that a capital letter or a number may follow are listed.
All entries are casefolded and without their last full stop.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ABBREVIATIONS = _words("""
    mr mrs ms mx dr prof rev hon gen col lt sgt capt gov sen rep pres messrs mme st mt ft vs cf approx
    dept univ assn viz
    hr fr frl dipl ing bzw ca vgl inkl ggf evtl bspw sog hrsg abb tab geb gest tel allg anm österr dt
    einschl entspr ehem insb sen jun betr bes beisp usf rd zzgl abzgl lfd
    mlle mgr av env sr sra srta dra ud uds lic excmo sig dott avv dhr mevr drs blz
    т п г гг см др пр напр проф акад ул стр рис им тыс млн млрд
""")

NUMBERED = _words("""
    no nos nr p pp pg fig figs eq eqs sec secs ch chap vol art abs par kap bd s z aufl ziff zf rn
    al jan feb mar mär apr jun jul aug sep sept oct okt nov dec dez núm pág c n º °
""")
"""Abbreviations only before a number or a bracket: "No. 5", "et al. (2020)"; else words like "no"."""

SENTENCE_STARTERS = _words("""
    the a an he she it they we i you this that these those there in on at but and so if when however
    der die das ein eine er sie es wir ich in im am aber und doch wenn
""")
"""After "U.S." or "p.m." one of these, capitalized, begins a new sentence."""

BEFORE_ORDINALS = _words("""
    der die das dem den des ein eine einem einen einer eines am im vom zum zur ab bis seit jeder jede
    jedes jeden und dieser diese dieses diesem diesen
""")

AFTER_ORDINALS = _words("""
    januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert
    jahrhunderts jh weltkrieg weltkriegs jahrtausend quartal halbjahr semester kapitel abschnitt absatz
    auflage platz klasse stock bundesliga liga mal tag woche monat jahr lebensjahr geburtstag
    buch band teil
""")
