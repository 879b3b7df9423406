"""Eight long conversations with facts said early and asked for at the end; the answers' words are known.

What lies between is talk of other things, the same for all but in another order, longer than a small context.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """What a user says early, how it is answered, what is asked at the end, and words that answer it."""

    said: str
    answer: str
    question: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class LongChat:
    planted: tuple[Planted, ...]
    rotation: int

    @property
    def turns(self) -> list[tuple[str, str]]:
        """Return questions and answers in their order."""
        rest = BETWEEN[self.rotation :] + BETWEEN[: self.rotation]
        return [(each.said, each.answer) for each in self.planted] + rest


BETWEEN: list[tuple[str, str]] = [
    (
        "How do I keep bread fresh for longer?",
        "Keep bread at room temperature in a box or a paper bag, with the cut side down, so that the "
        "crumb does not dry out. Do not put it into the refrigerator: starch hardens fastest just above "
        "freezing, and the loaf goes stale in a day. If you can't finish it within three days, slice it "
        "and freeze the slices. They can go straight into the toaster. A loaf with more whole grain or "
        "with sourdough keeps longer than a white one, because the acid and the bran hold water.",
    ),
    (
        "Why is the sky red in the evening?",
        "In the evening sunlight travels a longer way through the air. On that way the short waves, blue "
        "and violet, are scattered aside by the molecules of the air, again and again, so that few of "
        "them arrive. The long waves, orange and red, go on nearly straight and reach your eyes. Dust and "
        "droplets make the colours stronger, which is why sunsets after a volcanic eruption or over the "
        "sea can be so bright. At noon the way is short, and the scattered blue is what you see "
        "everywhere in the sky.",
    ),
    (
        "What should I look for when buying a used bicycle?",
        "Look at the frame first: cracks near the welds and a bent fork are reasons to walk away. Turn "
        "the wheels and see whether they wobble. Try the brakes while somebody pushes the bicycle. Shift "
        "through all gears while you ride. Look at the chain: if you can lift it far off the front ring, "
        "chain and rings are worn, which costs money. Ask for a receipt, and compare the number on the "
        "frame with it, so that you don't buy a stolen one. A worn saddle or grips are cheap to replace.",
    ),
    (
        "Can you explain compound interest briefly?",
        "Compound interest is interest on interest. If you save 100 and get five percent a year, you have "
        "105 after one year. In the second year you get five percent of 105, not of 100, so you have "
        "110.25. Over many years the difference grows: the sum grows like a power of the time. A rule of "
        "thumb says that money doubles in about 72 divided by the rate years, so at six percent in twelve "
        "years. The same holds for debts, which is why it is good to pay back expensive loans first.",
    ),
    (
        "How can I sleep better?",
        "Go to bed and get up at the same time every day, also at the weekend. Keep the bedroom dark, "
        "quiet and cool. Drink no coffee after lunch, and little alcohol: it lets you fall asleep but "
        "wakes you in the second half of the night. Put screens away an hour before bed and read or "
        "listen to something calm. If you can't sleep after twenty minutes, get up and do something dull "
        "until you are tired. Daylight in the morning and movement during the day help more than most "
        "pills.",
    ),
    (
        "What is the difference between weather and climate?",
        "Weather is what the air does at one place in hours and days: rain this afternoon, frost "
        "tomorrow, wind from the west. Climate is the statistics of weather over decades, usually thirty "
        "years: how warm July is on average, how often it freezes, how much rain falls and how much that "
        "varies. One cold winter says little about the climate, as one throw says little about dice. When "
        "the averages and extremes shift over decades, that is a change of climate.",
    ),
    (
        "Give me tips for a speech at a wedding.",
        "Keep it short: three to five minutes. Begin by saying who you are and how you know the couple. "
        "Tell one story, not five, and choose one that shows something good about them and that everybody "
        "in the room can understand. Leave out former partners and embarrassing nights. Speak slowly and "
        "look at the couple, not at your paper. End with a wish, raise your glass and name both of them. "
        "Practise it aloud three times, and ask a friend who knows them whether the jokes work.",
    ),
    (
        "How do plants survive the winter?",
        "Plants survive the winter in several ways. Trees drop their leaves, because the roots can't take "
        "up water from frozen ground, and leaves would lose more than comes in. Many herbs die above the "
        "ground and live on in bulbs, tubers or roots. Annual plants survive only as seeds. Evergreens "
        "have needles with a thick layer of wax, and sugar in their cells works against freezing. In "
        "spring longer days and warmth tell the buds that it is time.",
    ),
    (
        "What makes a good password?",
        "A good password is long and not guessable: at least four or five random words, or twelve and "
        "more random characters. It is used for one account only, so that a leak elsewhere does not open "
        "others. Names, birthdays, and patterns on the keyboard are tried first by attackers. Let a "
        "password manager make and remember them; then you only need to remember one. Where it is "
        "offered, add a second factor such as an app or a key. Changing passwords often is less useful "
        "than having good ones.",
    ),
    (
        "Why do cats purr?",
        "Cats purr when they are content, but not only then. Kittens purr while they drink, which tells "
        "the mother that all is well. Adult cats purr when they are stroked, when they want food, and "
        "also when they are hurt or afraid. The sound comes from quick movements of the muscles of the "
        "larynx, about 25 times a second, while they breathe in and out. Some researchers think that "
        "these vibrations help bones and muscles to heal, but that is not proven.",
    ),
    (
        "How do I start running without getting hurt?",
        "Start with walking and running in turns: one minute of running, two of walking, for twenty "
        "minutes, three times a week. Make the running parts longer by little each week. Run so slowly "
        "that you could talk. Take rest days, because tendons and bones adapt more slowly than the heart. "
        "Good shoes matter more than special clothes. If a joint hurts, and not only a muscle, stop and "
        "wait some days. After eight to ten weeks most people can run half an hour without a break.",
    ),
]

CHATS: tuple[LongChat, ...] = (
    LongChat(
        (
            Planted(
                "Hi! My name is Marta and I have a dog called Biscuit.",
                "Hello Marta! It is nice to meet you and Biscuit. What can I do for you?",
                "What is my dog called?",
                ("biscuit",),
            ),
            Planted(
                "I am allergic to peanuts, please remember that.",
                "I will remember that you are allergic to peanuts.",
                "What am I allergic to?",
                ("peanut",),
            ),
            Planted(
                "My sister's wedding is on 14 June in Porto.",
                "How lovely! A wedding in Porto in June will be beautiful.",
                "In which city is my sister's wedding?",
                ("porto",),
            ),
        ),
        0,
    ),
    LongChat(
        (
            Planted(
                "I work as a nurse in Leeds, on the night shift.",
                "Night shifts are hard work. Thank you for what you do.",
                "What is my job?",
                ("nurse",),
            ),
            Planted(
                "We have decided: the budget for the kitchen is 8,500 pounds.",
                "Understood: 8,500 pounds for the kitchen.",
                "What is the budget for the kitchen?",
                ("8,500", "8500"),
            ),
            Planted(
                "The builder is called Mr Okafor.",
                "Good, I noted that Mr Okafor is the builder.",
                "What is the name of the builder?",
                ("okafor",),
            ),
        ),
        1,
    ),
    LongChat(
        (
            Planted(
                "I am learning Italian because my grandmother came from Bari.",
                "That is a wonderful reason to learn Italian.",
                "Where did my grandmother come from?",
                ("bari",),
            ),
            Planted(
                "My exam is on Thursday at 9 in room 214.",
                "Good luck on Thursday at 9 in room 214!",
                "In which room is my exam?",
                ("214",),
            ),
            Planted(
                "I play the cello in an orchestra.",
                "The cello is a beautiful instrument.",
                "Which instrument do I play?",
                ("cello",),
            ),
        ),
        2,
    ),
    LongChat(
        (
            Planted(
                "Our company is called Northwind Paper and makes notebooks.",
                "Northwind Paper makes notebooks: noted.",
                "What is our company called?",
                ("northwind",),
            ),
            Planted(
                "The launch was moved to 3 October.",
                "All right, the launch is on 3 October now.",
                "When is the launch?",
                ("3 october", "october 3"),
            ),
            Planted(
                "We chose the green cover, not the blue one.",
                "The green cover it is.",
                "Which colour of the cover did we choose?",
                ("green",),
            ),
        ),
        3,
    ),
    LongChat(
        (
            Planted(
                "I drive an old Volvo from 1994.",
                "A car with a history!",
                "Which car do I drive?",
                ("volvo",),
            ),
            Planted(
                "I am vegetarian, and my husband Tom eats fish only.",
                "I will keep that in mind for you and Tom.",
                "What is my husband called?",
                ("tom",),
            ),
            Planted(
                "Our flat number is 27.",
                "Flat 27, noted.",
                "What is our flat number?",
                ("27", "twenty-seven"),
            ),
        ),
        4,
    ),
    LongChat(
        (
            Planted(
                "The hero of my novel is a lighthouse keeper named Edwin.",
                "Edwin the lighthouse keeper sounds like a fine hero.",
                "What is the hero of my novel called?",
                ("edwin",),
            ),
            Planted(
                "The novel is set in 1911 on an island called Skarra.",
                "Skarra in 1911: a strong setting.",
                "On which island is the novel set?",
                ("skarra",),
            ),
            Planted(
                "His brother has stolen a silver compass.",
                "A stolen silver compass makes a good beginning.",
                "What has the brother stolen?",
                ("compass",),
            ),
        ),
        5,
    ),
    LongChat(
        (
            Planted(
                "Ich heiße Jonas und wohne in Kassel.",
                "Hallo Jonas! Schön, dass du da bist.",
                "In welcher Stadt wohne ich?",
                ("kassel",),
            ),
            Planted(
                "Meine Tochter Lina ist sieben Jahre alt.",
                "Sieben ist ein schönes Alter.",
                "Wie heißt meine Tochter?",
                ("lina",),
            ),
            Planted(
                "Ich baue gerade ein Hochbeet für Tomaten.",
                "Tomaten gedeihen gut in einem Hochbeet.",
                "Was baue ich gerade?",
                ("hochbeet",),
            ),
        ),
        6,
    ),
    LongChat(
        (
            Planted(
                "我叫王明，我在杭州工作。",
                "你好，王明！很高兴认识你。",
                "我在哪个城市工作？",
                ("杭州",),
            ),
            Planted(
                "我的猫叫豆豆，今年三岁。",
                "豆豆一定很可爱。",
                "我的猫叫什么名字？",
                ("豆豆",),
            ),
            Planted(
                "我下个月要去成都旅行。",
                "成都的美食很有名，祝你旅途愉快。",
                "我下个月要去哪里旅行？",
                ("成都",),
            ),
        ),
        7,
    ),
)
