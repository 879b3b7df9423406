"""Forty English sentences with terms that a translation into German and Chinese is to have, for measuring.

Our own. Many terms are not what a model would say by itself: that is what a glossary is for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TermSentence:
    """``terms``: source, German, Chinese. ``german`` is how a translator would say it with these terms."""

    text: str
    terms: tuple[tuple[str, str, str], ...]
    german: str


SENTENCES = (
    TermSentence(
        "Open the relief valve slowly before you start the pump.",
        (("relief valve", "Entlastungsarmatur", "泄压阀"),),
        "Öffnen Sie die Entlastungsarmatur langsam, bevor Sie die Pumpe starten.",
    ),
    TermSentence(
        "The boiler must be cleaned once a year by a technician.",
        (("boiler", "Heizkessel", "锅炉"),),
        "Der Heizkessel muss einmal im Jahr von einem Techniker gereinigt werden.",
    ),
    TermSentence(
        "Each tenant receives a copy of the house rules.",
        (("tenant", "Nutzer", "承租人"), ("house rules", "Hausordnung", "住户守则")),
        "Jeder Nutzer erhält eine Kopie der Hausordnung.",
    ),
    TermSentence(
        "Please send the invoice to our accounting department.",
        (("invoice", "Faktura", "账单"),),
        "Bitte senden Sie die Faktura an unsere Buchhaltung.",
    ),
    TermSentence(
        "The dashboard shows the number of open tickets.",
        (("dashboard", "Übersichtsseite", "仪表板"), ("ticket", "Vorgang", "工单")),
        "Die Übersichtsseite zeigt die Zahl der offenen Vorgänge.",
    ),
    TermSentence(
        "Our customers can change their password at any time.",
        (("customer", "Auftraggeber", "客户"),),
        "Unsere Auftraggeber können ihr Kennwort jederzeit ändern.",
    ),
    TermSentence(
        "The ferry leaves the harbour at nine in the morning.",
        (("ferry", "Fährschiff", "渡轮"),),
        "Das Fährschiff verlässt den Hafen um neun Uhr morgens.",
    ),
    TermSentence(
        "Store the vaccine in a refrigerator and keep it away from light.",
        (("vaccine", "Impfstoff", "疫苗"), ("refrigerator", "Kühlschrank", "冷藏柜")),
        "Lagern Sie den Impfstoff in einem Kühlschrank und schützen Sie ihn vor Licht.",
    ),
    TermSentence(
        "The council approved the budget after a long debate.",
        (("council", "Gemeinderat", "市议会"), ("budget", "Haushaltsplan", "预算案")),
        "Der Gemeinderat genehmigte den Haushaltsplan nach einer langen Debatte.",
    ),
    TermSentence(
        "Press the reset button for five seconds.",
        (("reset button", "Rückstelltaste", "复位键"),),
        "Drücken Sie die Rückstelltaste fünf Sekunden lang.",
    ),
    TermSentence(
        "The warranty does not cover damage caused by water.",
        (("warranty", "Herstellergarantie", "保修"),),
        "Die Herstellergarantie deckt keine Schäden durch Wasser ab.",
    ),
    TermSentence(
        "A volunteer will meet you at the main entrance.",
        (("volunteer", "Freiwilliger", "志愿者"),),
        "Ein Freiwilliger wird Sie am Haupteingang treffen.",
    ),
    TermSentence(
        "The heat exchanger is made of stainless steel.",
        (("heat exchanger", "Wärmetauscher", "换热器"), ("stainless steel", "Edelstahl", "不锈钢")),
        "Der Wärmetauscher besteht aus Edelstahl.",
    ),
    TermSentence(
        "You can cancel your subscription in the settings.",
        (("subscription", "Abo", "订阅"), ("settings", "Konfiguration", "设定")),
        "Sie können Ihr Abo in der Konfiguration kündigen.",
    ),
    TermSentence(
        "The bearing makes a loud noise when the shaft turns.",
        (("bearing", "Wälzlager", "轴承"), ("shaft", "Welle", "主轴")),
        "Das Wälzlager macht ein lautes Geräusch, wenn sich die Welle dreht.",
    ),
    TermSentence(
        "The parents' association met in the school library.",
        (("parents' association", "Elternbeirat", "家长会"),),
        "Der Elternbeirat traf sich in der Schulbibliothek.",
    ),
    TermSentence(
        "All employees must wear a helmet on the construction site.",
        (("employee", "Beschäftigter", "员工"), ("construction site", "Baustelle", "工地")),
        "Alle Beschäftigten müssen auf der Baustelle einen Helm tragen.",
    ),
    TermSentence(
        "The package was delivered to the wrong address.",
        (("package", "Sendung", "包裹"),),
        "Die Sendung wurde an die falsche Adresse geliefert.",
    ),
    TermSentence(
        "Save the file before you close the editor.",
        (("file", "Dokument", "文件"), ("editor", "Schreibprogramm", "编辑器")),
        "Speichern Sie das Dokument, bevor Sie das Schreibprogramm schließen.",
    ),
    TermSentence(
        "The lighthouse was built in the nineteenth century.",
        (("lighthouse", "Leuchtfeuer", "灯塔"),),
        "Das Leuchtfeuer wurde im neunzehnten Jahrhundert gebaut.",
    ),
    TermSentence(
        "The patient should take the tablet after breakfast.",
        (("patient", "Patient", "患者"), ("tablet", "Filmtablette", "药片")),
        "Der Patient sollte die Filmtablette nach dem Frühstück einnehmen.",
    ),
    TermSentence(
        "The interest rate will rise to four percent next year.",
        (("interest rate", "Zinssatz", "利率"),),
        "Der Zinssatz wird im nächsten Jahr auf vier Prozent steigen.",
    ),
    TermSentence(
        "The gearbox needs new oil every two years.",
        (("gearbox", "Getriebe", "变速箱"),),
        "Das Getriebe braucht alle zwei Jahre neues Öl.",
    ),
    TermSentence(
        "Remove the cover and check the circuit board.",
        (("cover", "Abdeckung", "盖板"), ("circuit board", "Leiterplatte", "电路板")),
        "Entfernen Sie die Abdeckung und prüfen Sie die Leiterplatte.",
    ),
    TermSentence(
        "The defendant has the right to a lawyer.",
        (("defendant", "Angeklagter", "被告人"), ("lawyer", "Rechtsbeistand", "辩护人")),
        "Der Angeklagte hat das Recht auf einen Rechtsbeistand.",
    ),
    TermSentence(
        "The harvest was better than in the year before.",
        (("harvest", "Ernteertrag", "收成"),),
        "Der Ernteertrag war besser als im Jahr davor.",
    ),
    TermSentence(
        "The driver stopped the tram in front of the town hall.",
        (("tram", "Straßenbahn", "有轨电车"), ("town hall", "Rathaus", "市政厅")),
        "Der Fahrer hielt die Straßenbahn vor dem Rathaus an.",
    ),
    TermSentence(
        "This sensor measures the pressure in the tank.",
        (("sensor", "Messfühler", "传感器"), ("tank", "Behälter", "储罐")),
        "Dieser Messfühler misst den Druck im Behälter.",
    ),
    TermSentence(
        "Users can share a folder with their team.",
        (("folder", "Verzeichnis", "目录"), ("user", "Anwender", "用户")),
        "Anwender können ein Verzeichnis mit ihrem Team teilen.",
    ),
    TermSentence(
        "The museum shows paintings from three centuries.",
        (("painting", "Gemälde", "画作"),),
        "Das Museum zeigt Gemälde aus drei Jahrhunderten.",
    ),
    TermSentence(
        "The supplier guarantees delivery within ten days.",
        (("supplier", "Zulieferer", "供货方"), ("delivery", "Auslieferung", "交货")),
        "Der Zulieferer garantiert die Auslieferung innerhalb von zehn Tagen.",
    ),
    TermSentence(
        "The allotment garden is next to the railway line.",
        (("allotment garden", "Schrebergarten", "社区菜园"), ("railway line", "Bahnstrecke", "铁路线")),
        "Der Schrebergarten liegt neben der Bahnstrecke.",
    ),
    TermSentence(
        "The compressor stops when the temperature is too high.",
        (("compressor", "Verdichter", "压缩机"),),
        "Der Verdichter stoppt, wenn die Temperatur zu hoch ist.",
    ),
    TermSentence(
        "The court rejected the appeal in March.",
        (("court", "Gericht", "法院"), ("appeal", "Berufung", "上诉")),
        "Das Gericht wies die Berufung im März zurück.",
    ),
    TermSentence(
        "The clockmaker repaired the pendulum with great care.",
        (("clockmaker", "Uhrmacher", "钟表匠"), ("pendulum", "Perpendikel", "钟摆")),
        "Der Uhrmacher reparierte das Perpendikel mit großer Sorgfalt.",
    ),
    TermSentence(
        "Enter the serial number in the field at the top.",
        (("serial number", "Fabriknummer", "序列号"),),
        "Geben Sie die Fabriknummer in das Feld oben ein.",
    ),
    TermSentence(
        "The bridge was closed because of strong wind.",
        (("bridge", "Hochbrücke", "大桥"),),
        "Die Hochbrücke wurde wegen starken Windes gesperrt.",
    ),
    TermSentence(
        "The update installs itself during the night.",
        (("update", "Aktualisierung", "更新"),),
        "Die Aktualisierung installiert sich während der Nacht.",
    ),
    TermSentence(
        "The meeting of the shareholders takes place in Berlin.",
        (("shareholder", "Gesellschafter", "股东"),),
        "Die Versammlung der Gesellschafter findet in Berlin statt.",
    ),
    TermSentence(
        "Check the seal of the door before you use the oven.",
        (("seal", "Dichtung", "密封条"), ("oven", "Backofen", "烤箱")),
        "Prüfen Sie die Dichtung der Tür, bevor Sie den Backofen benutzen.",
    ),
)
