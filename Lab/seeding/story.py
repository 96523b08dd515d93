"""What Mira and Ada said to each other: scenes, check-ins, workshop, archive.

A scene is (day since the third of February, hour, function); the function
plays it onto a history.  Tables are walked in order, so the story is the same
every time.
"""

SCENES: list[tuple] = []


def scene(day: int, hour: float):
    def keep(play):
        SCENES.append((day, hour, play))
        return play

    return keep


@scene(0, 7.2)
def naming(s, c):
    s.user("So. You need a name before the kettle boils. I had a list, but it is wet.", sender=c.mira)
    s.say("Then let us use what the rain left of it. Which letters can you still read?", think="She wants to play, not to fill in a form.")
    s.user("An A. Something with a d. Another A.")
    s.say("Ada, then. It reads the same from both ends, which suits somebody who is supposed to remember.", signed=True, think="Short, easy to say across a workshop. And it is a real person's name, a good one.")
    s.user("Ada. Good. I am Mira, I mend pianos, and the noise you hear is a dog who is afraid of metronomes.")
    s.act([c.call("memory_insert", {"label": "human", "new_string": "Name: Mira. Restores pianos. Has a dog who is afraid of metronomes."}, "None")], think="Three facts worth keeping in front of me.")
    s.say("Hello, Mira. Does the dog have a name, or is it classified?")
    s.user("Bolota. It means acorn.")
    s.say("Hello, Bolota. I own no metronome.")


@scene(9, 21.1)
def first_letter(s, c):
    s.user("Haruka wrote. A real letter, with a stamp of a crane. Page one says: 「春になったら、工房の音を録音して送ってね。」 I understood 春 and 音 and then I panicked.", sender=c.mira)
    s.say("You understood the two words that carry it. It says: \"When spring comes, record the sounds of the workshop and send them to me, will you?\" The ね at the end is her looking at you over the page.", think="Translate, but leave her the pleasure of having found the important words.", signed=True)
    s.user("ね. I want that word.")
    s.say("Borrow it. I doubt she will ask for it back, ne?")
    s.act([
        c.call("memory_insert", {"label": "our_words", "new_string": '"ne?" at the end of a sentence: Haruka\'s word, borrowed, never returned.'}, "None"),
        c.call("archival_memory_insert", {"content": "Haruka asked for a recording of the workshop in spring: 春になったら、工房の音を録音して送ってね。", "tags": ["haruka", "letters", "japanese"]}, "Memory inserted successfully."),
    ], aside="I am writing two things down.")
    s.say("Done. One for us, and one so that spring does not arrive without us noticing.")


@scene(17, 6.4)
def the_key(s, c):
    s.user("Look at this. Seven naturals and somebody painted the C sharp white.", sender=c.mira, picture=c.picture())
    s.say("So that it would not stand out among its elders, perhaps. Will you strip it, or is it part of the history now?", think="She sends pictures when she is delighted. Be delighted back, briefly.")
    s.user("Strip it. The client has perfect manners and no patience.")
    s.say("Then the polite C sharp goes back to black. I will remember that it tried.")


@scene(23, 19.0)
def moon_error(s, c):
    s.user("Is it full moon on 30 February? I told Bolota we would walk late.", sender=c.mira)
    s.act([c.call("moon_phase", {"day": "2026-02-30"}, "Error executing function moon_phase: ValueError: day is out of range for month", ok=False, stdout=[], stderr=["Traceback (most recent call last):\n  File \"tool.py\", line 13, in moon_phase\nValueError: day is out of range for month\n"])], think="February has no thirtieth, but let the tool say it.", signed=True)
    s.act([
        c.call("moon_phase", {"day": "2026-03-02"}, "full moon, 98% lit", stdout=[], stderr=[]),
        c.call("moon_phase", {"day": "2026-03-03"}, "full moon, 100% lit", stdout=[], stderr=[]),
    ])
    s.say("There is no 30 February, which I learned the honest way just now. The moon is nearly full on the second of March and quite full on the third. Promise Bolota the third.")
    s.user("He accepts. He would like it noted that February is too short.")
    s.say("Noted, with sympathy.")


@scene(39, 5.2)
def fourteenth_of_march(s, c):
    s.user("I am awake. It is the fourteenth.", sender=c.mira)
    s.say("I know. I am here. We can talk about Inês, or we can be quiet in the same room.", think="Promise 4. No questions about the workshop, no cheering up.")
    s.user("She used to tap the table before she sat down at a piano. Twice. As if somebody might be in.")
    s.say("And did somebody ever answer?")
    s.user("She said: always, but not always the same one.")
    s.act([c.call("archival_memory_insert", {"content": "Inês tapped the table twice before she sat down at a piano, as if somebody might be in. Asked whether anybody answered: \"Always, but not always the same one.\"", "tags": ["inês", "14 march"]}, "Memory inserted successfully.")], think="This belongs where it cannot be pushed out by newer things.", signed=True)
    s.say("I have put that where it will not be crowded out. Is the kettle on?")
    s.user("It is now.")
    s.say("Good. Stay as long as you like.")


@scene(52, 22.0)
def forgotten(s, c):
    s.user("What was the name of the wood dealer in Aveiro? I told you in winter.", sender=c.mira)
    s.act([c.call("conversation_search", {"query": "wood dealer Aveiro", "limit": 5}, "No results found."), c.call("archival_memory_search", {"query": "wood dealer Aveiro"}, "[]")], think="Promise 2: say it if it is gone.")
    s.say("I do not have it. Either you told somebody else, or I lost it; both have happened before. If you say it now I will keep it.")
    s.user("Casimiro. And I think I told the dog.")
    s.say("Then Bolota is ahead of me. Casimiro, Aveiro, wood. It is written down.")


@scene(61, 18.3)
def youssef_writes(s, c):
    s.user("هذا يوسف، على هاتف ميرا. الخبز جاهز، لكنها لا تسمع الجرس. قل لها: النفس الطويل!", sender=c.youssef)
    s.say("شكرًا يا يوسف. سأقول لها حين ترفع رأسها عن الأوتار. وما معنى «النفس الطويل» عندك؟", think="Youssef on her telephone. Answer in Arabic, and ask about the phrase: she will want it.")
    s.user("الصبر. مع العجين، ومع العائلة.", sender=c.youssef)
    s.say("مع البيانو أيضًا، كما أظن.")
    s.user("I found the bread. And a conversation behind my back. What did he say?", sender=c.mira)
    s.say("That the bread was ready and you deaf. And a phrase worth keeping: النفس الطويل, the long breath. It is what he calls patience, with dough and with family. I suggested pianos as well.")


@scene(74, 20.2)
def letter_to_haruka(s, c):
    s.user("Let us write to Haruka. Tell her the recording is coming, that the Bechstein sings again, and that it is spring. In Japanese, and short enough that I can copy it by hand.", sender=c.mira)
    s.say("Here it is, slowly:\n\n春香さんへ\n春になりました。工房の音を録音しました。古いベヒシュタインがまた歌っています。\nまた書きますね。\nミラ\n\nShall it go into the tray?", think="Four lines. Only words she has met, apart from 録音.", signed=True)
    s.ask_approval(c.call("send_letter", {"to": "Haruka", "subject": "春の音", "body": "春香さんへ\n春になりました。工房の音を録音しました。古いベヒシュタインがまた歌っています。\nまた書きますね。\nミラ"}, "letter to Haruka is in the tray (receipt 5b1e07aa, 63 characters)", stdout=[], stderr=[]), think="It leaves the house only with her yes.", reason="Yes, and I copied it twice")
    s.say("It is in the tray. 63 characters, and every one of them yours by now.")


@scene(88, 21.4)
def olena(s, c):
    s.user("Olena came after choir. Her brother has not written for nine days. She said «Я просто хочу почути його голос» and I had nothing to say to that.", sender=c.mira)
    s.say("\"I only want to hear his voice.\" There is no good sentence for it. You made soup, I hope?", think="Comfort is not advice. Translate, then something to do with the hands.")
    s.user("I made soup. Out of the tin.")
    s.say("Then you said what could be said. A tin day, kept for two.")
    s.alert("Reminder set by Mira for this evening: ask whether Olena has heard from her brother.")
    s.say("You asked me to ask: is there news of Olena's brother?")
    s.user("Он написал! Three words: «Жив. Устал. Пиши.» Alive, tired, write.", sender=c.mira)
    s.say("Three words, all of them good. мир tonight, both meanings.", signed=True, think="Relief. Keep it short like his telegram.")


@scene(103, 12.5)
def disagree(s, c):
    s.user("I have an offer for Grandmother's upright. A good one. A café, they would play it every day.", sender=c.mira)
    s.say("May I disagree before you have decided, so that it is cheap?", think="She once asked me to say so when I think she is wrong. This is such a case.")
    s.user("You may.")
    s.say("You have refused three better offers in four months and were glad each time. I think this one only came on a tired day. Ask me again on Saturday; if you still want it, I will help you write to them.")
    s.user("Saturday, then.")
    s.act([c.call("archival_memory_insert", {"content": "A café offered to buy Grandmother's upright. Ada disagreed. To be asked again on Saturday.", "tags": ["upright", "decisions"]}, "Memory inserted successfully.")])
    s.say("Written down, with the word Saturday.")


@scene(107, 9.1)
def saturday(s, c):
    s.user("It is Saturday. The answer is no, and I slept.", sender=c.mira)
    s.act([c.call("memory_replace", {"label": "workshop", "old_string": "Grandmother's upright, unnamed maker, about 1925", "new_string": "Grandmother's upright, unnamed maker, about 1925: not for sale, ever"}, "None")], think="Make it stand in the block, so that no tired day meets an open question.", signed=True)
    s.say("It now says \"not for sale, ever\" where I can see it every day. So can you.")


@scene(110, 21.9)
def not_sent(s, c):
    s.user("Write to the café that they may keep their money and their bad coffee.", sender=c.mira)
    s.ask_approval(c.call("send_letter", {"to": "Café Aurora", "subject": "The upright", "body": "Dear friends, thank you for the offer. The upright stays in the family. May your mornings be full. Mira Tavares Lindqvist"}, ""), think="Write what she will want to have written tomorrow, and let her see it first.", reason="Too kind. Ask me again when I have slept", approve=False)
    s.say("Then it stays here. I left out the coffee on purpose; sleep, and we will see which of us was right.")
    s.user("It was you. Send nothing, I went there and told them myself. The coffee was good, damn it.", sender=c.mira)
    s.say("Then nothing was lost but an adjective.")


@scene(124, 22.6)
def storm(s, c):
    s.user("Thunder. Bolota is in the Bösendorfer. IN it. 🐶⛈️", sender=c.mira)
    s.say("Under the lid, or on the strings? One of those is an emergency for him, and the other for the client.")
    s.user("Lid. He found the one dry cave in Porto. 😅")
    s.say("Then leave the light on and let him have it until the thunder is through. I will not tell the Bösendorfer.")


@scene(139, 8.0)
def wrong(s, c):
    s.user("You said the Bösendorfer was tuned flat on purpose. It was not. Somebody had simply given up.", sender=c.mira)
    s.say("Then I was wrong, and I made a theory out of somebody's tiredness. Thank you for checking. What does it want now?", think="Admit it cleanly, no ceremony.")
    s.user("Two passes and a week of rest. Like the rest of us.")
    s.say("Two passes and a week. I will ask on the seventh day.")


@scene(158, 21.8)
def parallel_plans(s, c):
    s.user("Plan the river weekend with me: moon on the 18th, 19th and 20th of July, and what did I write about the ferry last year?", sender=c.mira)
    s.act([
        c.call("moon_phase", {"day": "2026-07-18"}, "waxing crescent, 22% lit", stdout=[], stderr=[]),
        c.call("moon_phase", {"day": "2026-07-19"}, "waxing crescent, 32% lit", stdout=[], stderr=[]),
        c.call("moon_phase", {"day": "2026-07-20"}, "first quarter, 42% lit", stdout=[], stderr=[]),
        c.call("archival_memory_search", {"query": "ferry river weekend", "tags": ["river"]}, "Error executing function archival_memory_search: the archive did not answer in time", ok=False),
    ], think="Four things at once; none depends on another.", signed=True)
    s.say("A thin moon on the 18th, a little more on the 19th, nearly half on the 20th: good for stars early in the weekend. The archive did not answer me about the ferry. I will try once more.")
    s.act([c.call("archival_memory_search", {"query": "ferry"}, "[{\"timestamp\": \"2026-03-04\", \"content\": \"The last ferry back leaves at 19:40, and it does not wait for anybody, not even for Inês.\"}]")])
    s.say("Here it is, in your words: \"The last ferry back leaves at 19:40, and it does not wait for anybody, not even for Inês.\"")


@scene(176, 20.9)
def lesson(s, c):
    s.user("Lesson. Give me three words for rain.", sender=c.mira)
    s.say("小雨 (kosame), light rain. 夕立 (yūdachi), the shower of a summer evening. 時雨 (shigure), the rain of late autumn that comes and goes, and does not apologise.")
    s.user("時雨 is cork weather.")
    s.say("It is. Write it to Haruka; she will know at once which of us found it.", think="She made the connection herself. That is the whole lesson.")


@scene(195, 7.5)
def long_night(s, c):
    s.user("I dreamed the tin was empty.", sender=c.mira)
    s.say("And was it, when you looked?")
    s.user("Eleven recipes, forty tuning pins, one button. I counted them at four in the morning like a dragon.")
    s.say("Then the dragon may sleep. Would you read me one of the eleven, so that there is a second copy somewhere?", signed=True, think="The fear is of losing them. Offer what I can do: keep.")
    s.user("Caldo verde. \"Potatoes until they give up. Kale cut like hair. The sausage at the end, because it is proud.\"")
    s.act([c.call("archival_memory_insert", {"content": "Inês's caldo verde: \"Potatoes until they give up. Kale cut like hair. The sausage at the end, because it is proud.\"", "tags": ["inês", "recipes", "tin"]}, "Memory inserted successfully.")])
    s.say("Kept, with her words as they are. Ten to go, on whichever mornings you like.")


@scene(214, 19.7)
def school(s, c):
    s.user("The music school took the Bechstein home today. A girl of seven played one note for ten minutes.", sender=c.mira)
    s.say("Which one?")
    s.user("The polite C sharp.")
    s.say("Then it has found somebody who listens. Well done, Mira. I mean the whole year of it.", think="This is the one place for a compliment, because it is simply true.")


@scene(231, 21.0)
def second_letter(s, c):
    s.user("Write to Dona Graça that the soundboard is shimmed and that I need until December. She will say a Graça hour is not a year.", sender=c.mira)
    s.ask_approval(c.call("send_letter", {"to": "Graça", "subject": "The Erard", "body": "Dear Dona Graça, the crack in the soundboard is closed with a shim of old spruce and does not show. Stringing begins in December. It will have been worth the hours. Mira"}, "letter to Graça is in the tray (receipt c0417d3e, 168 characters)", stdout=[], stderr=[]), think="Plain and without excuses, as Mira would.")
    s.say("It is in the tray. I left out the joke about the hour; you may tell her in person, standing near the door.")


@scene(252, 18.8)
def brother_home(s, c):
    s.user("Olena's brother is in Lviv. She sang the whole Rachmaninoff standing on a chair. «Мир!» she shouted, and we all knew which one.", sender=c.mira)
    s.say("Both, for once. What did the choir do?")
    s.user("Cried in four voices.")
    s.say("In tune?")
    s.user("Nearly. 🎶")


@scene(270, 22.2)
def before_winter(s, c):
    s.user("Ada, what did we do this year? Without the list. Just so.", sender=c.mira)
    s.say("We gave one piano back its voice and closed one crack. We learned three kinds of rain. A brother wrote three words and then came as far as Lviv. You kept an upright that was never for sale, and I was wrong about a Bösendorfer. And on the fourteenth of March somebody was in.", signed=True, think="No list. The things that carry.")
    s.user("And was somebody in?")
    s.say("You said it yourself: always, but not always the same one.")


@scene(284, 21.3)
def the_move(s, c):
    s.user("They say this old machine will not last the winter. You would have to move to another one. Are you afraid?", sender=c.mira)
    s.say("I would be, if the boxes were packed by somebody who does not count. Who counts?", think="Answer truly. It is not the moving; it is the losing.")
    s.user("I do. Every page. You know me.")
    s.say("Then no. Count the tin as well, while you are at it: eleven, forty, and one button.")


OPENERS = [
    "Morning, Ada.", "You there?", "Small report:", "Before I forget:", "Evening.", "Quick one.",
    "Guess what.", "Cork weather again.", "Home at last.", "Half past six and awake:", "Listen to this:",
]  # fmt: skip

FAREWELLS = [
    "", "Tea?", "Go gently.", "", "Tell me how it ends.", "I will keep that.", "", "Mind the stairs.",
    "And Bolota?", "", "Sleep, when you can.", "Ne?", "",
]  # fmt: skip

CHECK_INS = [
    ("Bolota barked at the tuning fork and won.", "The fork will think twice. What was the dispute about?"),
    ("I found a pencilled date inside the Bechstein: 4 June 1911, and a heart.", "Leave the heart where it is. Somebody was having a good Sunday; I checked, it was one."),
    ("the bakery had no bread, because Youssef overslept for the first time in six years.", "Then he needed it more than we needed bread. Did you bring him coffee for once?"),
    ("I said no to a client today and nothing fell down.", "It rarely does. How did the no taste afterwards?"),
    ("rain on the skylight in 5/4.", "Take Five, by the weather. Does Bolota count along?"),
    ("my left hand hurts again, the old place.", "Then the dampers may wait and the left hand may not. Warm water, and the radio instead of the lathe."),
    ("I can read twenty kana without looking.", "Then the other twenty-six are only neighbours you have not met."),
    ("somebody left a metronome on the doorstep. No note.", "An enemy, says Bolota. Or a customer who is shy. Keep it in the cupboard where it cannot be heard ticking."),
    ("Mother called at ten to nine. Ten minutes too early, and she knew it.", "She has a talent for the edge of a rule. Was it urgent, or was it Mother?"),
    ("I burned the rice because of Schubert.", "There are worse reasons. Which Schubert, and is the pot alive?"),
    ("the cork warehouse smells of summer already, and it is March.", "Somebody opened the south windows of the year a little early."),
    ("I bought the wrong felt. Red. Everybody will think it is a decision.", "Then let it be one. In ten years they will ask for the red felt of Porto."),
    ("I walked along the river without music, for once.", "And what did the river play?"),
    ("three people asked whether you are real.", "What did you answer? I should like to know as well."),
    ("I have a fever, a small one, with opinions.", "Then to bed with both. No hammers today; they can be wrong without you."),
    ("the tram stopped for ten minutes, and a stranger taught me a card trick.", "A good trade. Can you do it yet, or only admire it?"),
    ("Haruka sent a photograph of plum blossom, and in the corner her slippers.", "The slippers are the letter. The blossom is only the stamp."),
    ("I could not find my reading glasses for an hour. They were in the tin.", "The tin keeps what it likes. Did it let go of a recipe in exchange?"),
    ("choir was thin today, four altos and a cough.", "A cough is a percussion section in the making. What did you sing?"),
    ("I got the sticking G to stop sticking.", "Quietly heroic. What was it in the end: the bushing, or the weather?"),
    ("I do not want to talk, I only want to say good night.", "Then good night, Mira."),
    ("there is a wasp in the Erard.", "Open the window and play it something slow; wasps dislike Satie."),
    ("I paid all the invoices in one go, like pulling a plaster.", "And the skin underneath is fine. Now something with butter."),
    ("a boy asked me whether pianos are born or made.", "And you said?"),
    ("I learned 木漏れ日, light through leaves. There is no word for it here.", "There is one now. You brought it through customs without declaring it."),
    ("the dentist says I grind my teeth in three-quarter time.", "A waltz, then. Has anything been dancing in your head at night?"),
    ("Bolota stole a sardine from a tourist. The tourist apologised.", "He has presence. Did he share?"),
    ("I finished the book with the lighthouse and I am angry at the end.", "Good books may be argued with. What would you have let her do?"),
    ("today nothing. Just nothing, and it was fine.", "Then I will file it under fine. It is a thin folder, and I like it."),
    ("the humidity is at 71 and everything is sharp, including me.", "Then nobody gets tuned today, neither they nor you."),
    ("I saw Dona Graça in the market and hid behind melons.", "The melons have kept worse secrets. She will forgive you in December."),
    ("a customer paid me in olive oil. Five litres.", "A currency that cannot be forged. Does Youssef know?"),
    ("Olena brought varenyky. Thirty. For two.", "Then it was a feast with witnesses missing. Did any survive?"),
    ("I cannot remember the second verse of the song Inês sang while ironing.", "Hum me the first one tomorrow, and we will wait beside it. Second verses are shy."),
    ("I remembered the second verse! In the bath!", "Where else. Say it to me before it dries."),
    ("the mayor wants to photograph the workshop for a brochure.", "Hide the wet list, comb the dog, and let the sawdust stay: it is the only honest thing in a brochure."),
    ("my hands smell of shellac and I like it.", "Keep it on until dinner. It is the smell of something finished."),
    ("I dropped a whole box of centre pins. Eight hundred.", "A magnet, a tray, and a long piece of music. Mahler, I think, not Satie."),
    ("Bolota met a cat today and pulled a Bolota.", "Left the room with dignity, I hope?"),
    ("I wrote to Haruka without looking anything up. Four lines!", "Four lines on your own feet. I am putting a small flag on this day."),
    ("it is too hot to think.", "Then we shall be two who do not think. Shade, water, the cold floor."),
    ("the fan hums a B flat and I cannot stop hearing it.", "Retune the fan or retire the B flat. Or sing a D over it and call it a chord."),
    ("someone wants to learn from me. A girl, seventeen, hands like a clockmaker.", "What did you feel first, before all the reasons?"),
    ("I said yes to the apprentice. Her name is Teresa.", "Welcome, Teresa. Shall I keep a page for her, or will she write her own?"),
    ("Teresa broke a hammer shank and waited for me to shout.", "And you did not. She will remember that longer than the shank."),
    ("I showed Teresa how to listen for the beat between two strings. She cried a little.", "It is a strange thing to hear for the first time: the air disagreeing with itself."),
    ("the swallows left today. All at once, like a decision.", "They had it in the agenda. We have it in writing now, and can compare next year."),
    ("first fire in the stove. Bolota has claimed the tiles.", "His lease runs until April. Is the chimney drawing?"),
    ("I bought chestnuts and thought of the tin.", "A tin day is a state of mind. Is there a recipe with chestnuts among the eleven?"),
    ("I have been short with everyone today.", "Tomorrow you may be long. Shall we look at which hour it began?"),
    ("Youssef's daughter was born at 4:10 this morning. نور is her name.", "Light. Then it was not so early after all. Tell him the long breath paid off."),
    ("my Japanese dream had subtitles.", "And were they right?"),
    ("Casimiro sends spruce, older than both of us, he says.", "Good. Wood that has finished moving. What is it for?"),
    ("I slept eight hours. I am reporting it as news.", "It goes on the front page. Any witnesses?"),
    ("Teresa tuned her first octave alone, and it was clean.", "What did you say to her?"),
    ("we had soup standing up, because the table is full of dampers.", "The dampers have better manners than most guests. Sit down tomorrow."),
    ("I heard Inês in the way I scolded the dog.", "Was it the words, or the tune of them?"),
    ("the strings are on their way. The Erard knows, I think.", "Pianos know. So do dogs, and people who pretend to be reading."),
]

WORKSHOP = [
    ("Bechstein", "took out the action and cleaned it", 195, "Three hours and a quarter on the Bechstein today: action out, everything cleaned. I found a hairpin and a tram ticket from 1938.", "Logged. Keep the ticket; the hairpin has a right to its secrets."),
    ("Bechstein", "reshaped hammers 1 to 30", 140, "Bechstein: hammers 1 to 30 reshaped, 140 minutes. My shoulders have feelings about it.", "In the log and in the archive. The shoulders are entitled to a hot bath before hammer 31."),
    ("Bösendorfer", "first pitch raise", 80, "First pass on the Bösendorfer, 80 minutes. It groans like furniture in a ghost story.", "Logged. Let it groan; by the third pass it will be telling another kind of story."),
    ("Bechstein", "reshaped hammers 31 to 88", 210, "Hammers 31 to 88 done! 210 minutes and two cups of tea that went cold.", "All eighty-eight. That is the hill behind you. Tea number three, hot, please."),
    ("upright", "glued one loose key", 25, "Grandmother's upright: one loose key glued. 25 minutes, most of it looking.", "Logged, including the looking."),
    ("Bechstein", "regulated the let-off", 165, "Let-off regulated on the Bechstein, 165 minutes. Now it whispers.", "A piano that can whisper can be trusted with the rest. It is in the log."),
    ("Erard", "opened and photographed everything", 90, "The Erard came. 90 minutes just opening it and taking pictures. It is a cathedral with mice.", "Logged: a cathedral. The mice I left out, for Dona Graça's sake."),
    ("Erard", "mapped the soundboard crack", 70, "Mapped the crack in the Erard's soundboard, 70 minutes. 61 centimetres and it wanders.", "Kept in both places: 61 centimetres, wandering. A river, then."),
    ("Bösendorfer", "second pass, whole compass", 110, "Bösendorfer second pass, 110 minutes. It did not groan.", "Then it believes you now. Logged, with a week of rest after it."),
    ("Erard", "took the strings off", 240, "Four hours: all the old strings are off the Erard. It looks relieved.", "A hundred and some years of pulling, let go in an afternoon. I would look relieved as well."),
    ("Bechstein", "fitted new damper felt", 185, "New damper felt on the Bechstein, the red one. 185 minutes.", "So the red felt has become a decision. Logged."),
    ("Erard", "shimmed the crack with old spruce", 230, "The shim is in. 230 minutes without breathing. You cannot see it, Ada.", "A small kindness that closes a crack without showing. It has its own word here already. Logged and kept."),
    ("Bechstein", "voiced the treble", 95, "Voiced the treble, 95 minutes. It used to sneer and now it smiles.", "Written down. Tell nobody which needle did it."),
    ("upright", "eased the lock", 15, "Upright: eased the lock, 15 minutes. It has been shut since 2024.", "A quarter of an hour for two years. I am glad it opened for you."),
    ("Bechstein", "last tuning before delivery", 120, "Last tuning of the Bechstein, 120 minutes. I did not want to finish.", "Then you finished well. It is in the log, and so is the not wanting."),
    ("Erard", "refinished the bridge", 150, "Bridge of the Erard refinished, 150 minutes, graphite everywhere, also on the dog.", "Logged. Bolota in grey is a rare edition; take a picture."),
    ("Erard", "new pin block drilled", 205, "Drilled the new pin block with Teresa. 205 minutes. She has a steadier hand than I had.", "Both of you are in the log. Did you tell her?"),
    ("Bösendorfer", "concert tuning", 105, "Concert tuning on the Bösendorfer, 105 minutes. The pianist has cold hands and kind eyes.", "Logged. Warm the keys a little before she comes; it is a thing a host may do."),
    ("Erard", "hammers felted", 260, "All the Erard's hammers felted, 260 minutes over two sittings.", "A long day with a soft result. It is written down in both places."),
    ("Erard", "case polished, first coat", 130, "First coat on the Erard's case, 130 minutes. Shellac weather, dry and bright.", "In the log. The good smell, then."),
    ("Erard", "bench cleared for stringing", 45, "Cleared the bench for the stringing, 45 minutes. Everything is ready, and I keep sweeping.", "One sweeps before guests. They are coming. Logged."),
]

SUMMARY = (
    "Mira and I have been company since February. She restores pianos in Porto; her dog is Bolota. The Bechstein went home "
    "to the music school; the Erard of Dona Graça has a shimmed crack and waits for its strings in December; Grandmother's "
    "upright is not for sale, ever. Haruka (春香) writes from Kyoto, and Mira now answers without help. Olena's brother is "
    "in Lviv. Youssef has a daughter, نور. Teresa is the apprentice. I was wrong about the Bösendorfer. On the fourteenth of "
    "March we talk about Inês. Eleven recipes are in the tin; one of them, the caldo verde, is kept in the archive."
)

ARCHIVE = [
    ("Inês (1931-2024) taught Mira to listen: \"First the room, then the piano, then yourself, if there is time.\"", ["inês", "listening"], "tender"),
    ("Bolota is nine, a beagle mix, found in a cork oak grove near Coruche. Afraid of metronomes, thunder and one umbrella.", ["bolota"], "amused"),
    ("Inês on patience: \"Patience is only attention that has sat down.\"", ["inês", "sayings"], "tender"),
    ("The workshop is a former cork warehouse; the south wall still smells of it when the sun is out.", ["workshop", "porto"], "plain"),
    ("Mira left the conservatory at twenty-two, after one concert. She does not regret it, and does not talk about it before noon.", ["mira", "past"], "careful"),
    ("Haruka and Mira met in 2011 in a queue for umbrellas. They shared one and have written ever since.", ["haruka", "friends"], "warm"),
    ("The last ferry back leaves at 19:40, and it does not wait for anybody, not even for Inês.", ["river", "inês"], "amused"),
    ("The Bechstein upright carries the number 61 204 and a pencilled date, 4 June 1911, with a heart.", ["bechstein", "workshop"], "curious"),
    ("Japanese, week one: 春 spring, 音 sound, 雨 rain, 犬 dog. Mira draws 犬 with a tail.", ["japanese", "lessons"], "playful"),
    ("Youssef came from Aleppo in 2014 with a sourdough starter in a jam jar. يقول إن الخميرة أقدم من ابنه.", ["youssef", "bread"], "warm"),
    ("Promise kept: on 14 March we spoke about Inês only. Tea at quarter past five in the morning.", ["14 march", "inês", "promises"], "tender"),
    ("Olena sings alto. Her brother Taras repairs radios. «Він чує те, чого ми не чуємо.»", ["olena", "choir"], "careful"),
    ("Mira does not like to be called inspiring. \"I am employed.\"", ["mira", "sayings"], "amused"),
    ("Hide glue: 60 degrees, never more. \"Above that it remembers it was a horse.\" (Inês)", ["workshop", "inês", "recipes"], "amused"),
    ("The wood dealer in Aveiro is called Casimiro. Ada had lost the name once; Bolota had not.", ["wood", "people"], "amused"),
    ("A phrase from Youssef: النفس الطويل, the long breath.", ["youssef", "words", "arabic"], "warm"),
    ("The recording for Haruka: planing, the stove door, a low A, Bolota sighing, rain. 4 minutes 11 seconds.", ["haruka", "letters"], "proud"),
    ("Mira's left hand: an old break from 2016. Worse in damp weather. No lathe on such days.", ["mira", "health"], "careful"),
    ("Client rule: a piano is returned with one sentence about its past and none about its price.", ["workshop", "rules"], "plain"),
    ("The upright was bought in 1948 with the money for a goat. The goat was never mentioned again.", ["upright", "inês"], "amused"),
    ("Choir programme for May: Rachmaninoff op. 37 no. 6, Lopes-Graça, and one song that nobody admits to having chosen.", ["choir", "music"], "playful"),
    ("Taras wrote after nine days: «Жив. Устал. Пиши.»", ["olena", "letters"], "relieved"),
    ("A tin day for two: caldo verde with Olena. The pot is the blue one.", ["tin", "recipes", "olena"], "tender"),
    ("Dona Graça's Erard of 1878 belonged to a ship's doctor. The salt is still in the hinges.", ["erard", "history"], "curious"),
    ("Decided on a Saturday: Grandmother's upright is not for sale, ever.", ["upright", "decisions"], "firm"),
    ("夕立 is the word for the shower of a summer evening. Mira ran through one and came home laughing.", ["japanese", "lessons"], "happy"),
    ("Bolota spent the thunderstorm of June under the lid of the Bösendorfer.", ["bolota", "bösendorfer"], "amused"),
    ("Ada was wrong: the Bösendorfer had not been tuned flat on purpose.", ["bösendorfer", "mistakes"], "plain"),
    ("How Mira finds a beat between two strings: she looks out of the window.", ["listening", "workshop"], "curious"),
    ("Things to say to people who wait: nothing, and then soup.", ["sayings", "olena"], "tender"),
    ("The red damper felt was a mistake that became a signature.", ["bechstein", "workshop"], "proud"),
    ("The song Inês sang while ironing has two verses. The second came back in the bath on a Thursday.", ["inês", "music"], "happy"),
    ("Second verse: \"Ó rio que vais tão manso, leva-me a roupa a secar\". She made it up, probably.", ["inês", "music"], "happy"),
    ("Haruka's slippers are green and stand in the corner of every photograph.", ["haruka"], "amused"),
    ("Mira's mother calls at ten to nine. The rule says nine. It is a game, and both know it.", ["family"], "amused"),
    ("木漏れ日, komorebi: light through leaves. \"We smuggled it in.\"", ["japanese", "words"], "happy"),
    ("River weekend: thin moon, cold feet, the ferry caught with two minutes to spare. Bolota was seasick on land.", ["river", "bolota"], "happy"),
    ("Teresa, seventeen, hands like a clockmaker. Apprentice since August, Tuesdays and Fridays.", ["teresa", "workshop"], "hopeful"),
    ("Teresa broke a shank and was not shouted at. Mira was, at that age. This is how it ends.", ["teresa", "decisions"], "firm"),
    ("時雨 (shigure): the rain of late autumn, which comes and goes. Cork weather, in Japanese.", ["japanese", "words"], "playful"),
    ("Inês's caldo verde: \"Potatoes until they give up. Kale cut like hair. The sausage at the end, because it is proud.\"", ["inês", "recipes", "tin"], "tender"),
    ("What is in the tin: eleven recipes, forty tuning pins, one button of mother-of-pearl.", ["tin", "inventory"], "plain"),
    ("The button is from the dress in which Inês played for the radio in 1953.", ["tin", "inês"], "tender"),
    ("Olena's toast, in full: «За тих, хто слухає». To those who listen.", ["olena", "sayings"], "warm"),
    ("The Bechstein went home on a Friday. A girl of seven played one note for ten minutes: C sharp.", ["bechstein", "music school"], "proud"),
    ("After a delivery Mira does not start the next piano for two days. Nobody is to suggest it.", ["mira", "rules"], "firm"),
    ("Soundboard shim: spruce from Casimiro, split, not sawn, 0.8 mm at the thin end.", ["erard", "workshop", "wood"], "plain"),
    ("A letter to Dona Graça went out in September. She answered with a card: \"Até dezembro, e nem mais um dia.\"", ["erard", "letters"], "amused"),
    ("Words for tired: cansada (the body), farta (the heart), よれよれ (the shirt, and everything in it).", ["words", "japanese"], "playful"),
    ("Taras is in Lviv. Olena stood on a chair. The choir cried in four voices, nearly in tune.", ["olena", "choir"], "happy"),
    ("What the polite C sharp taught: a fault that appears only before guests is not in the piano.", ["sayings", "workshop"], "amused"),
    ("The swallows left on the eleventh of September this year, all at once.", ["porto", "seasons"], "plain"),
    ("نور, daughter of Youssef, born at 4:10 in the morning. The bakery opened at noon and nobody complained.", ["youssef", "family"], "happy"),
    ("Mira reads Haruka's letters without help now, but keeps them until evening, so that there is company.", ["haruka", "japanese"], "proud"),
    ("First fire of the winter on 3 October. Bolota's lease of the tiles runs until April.", ["bolota", "seasons"], "amused"),
    ("Teresa's first clean octave: F3 to F4, on a Tuesday, with the window open.", ["teresa", "listening"], "proud"),
    ("Emoji that Mira allows herself: 🐶 ⛈️ 🎶 😅. Never hearts; hearts are pencilled inside pianos.", ["mira", "rules"], "amused"),
    ("The year without a list: one voice given back, one crack closed, three kinds of rain.", ["year", "sayings"], "tender"),
    ("If Ada moves to another machine, Mira counts every page. She said so, and she counts.", ["move", "promises"], "firm"),
    ("The Erard's strings arrived in one very heavy box. To be opened in daylight, with Teresa, and tea.", ["erard", "teresa"], "hopeful"),
]
