"""What `omr talk tour` tells: the talk's fifteen systems in its order, and what it concludes, in English and German.

Rule for every sentence: what is said to have happened has its source in brackets, what is said to work or not to work
here is a figure that stands on the page or in docs/, and nothing else is said.
"""

from __future__ import annotations

from companions import page
from companions.tour import Both, Chapter, formula, lowered

HAPPENED: Both = ("What happened", "Was ist passiert?")
WORKS: Both = ("How it works", "Wie funktioniert das?")
GOOD: Both = ("What it is good for", "Wozu ist es gut?")
LESSONS: Both = ("Lessons", "Lehren")

BEGINNING: Both = (
    "What learning machines had come to by 2018, in the order of a talk of that year, each system in small. Every "
    "chapter was run to make this page: the gray box has its command and what it said. In brackets stands what a "
    "sentence rests on. [Stadelmann 2018; this page]",
    "Was lernende Maschinen bis 2018 erreicht hatten, in der Reihenfolge eines Vortrags aus diesem Jahr, jedes System "
    "im Kleinen. Jedes Kapitel lief, um diese Seite zu machen: Der graue Kasten zeigt seinen Befehl und was er sagte. "
    "In Klammern steht, worauf ein Satz beruht. [Stadelmann 2018; diese Seite]")

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "classify", HAPPENED,
        ("Features that nobody designed", "Merkmale, die niemand entworfen hat"),
        ("In 2012 a network that had learned its own features from photographs had the right class among its first "
         "five answers for all but 15.3 % of the test pictures; the best other entry missed 26.2 %. "
         "[Krizhevsky et al. 2012]",
         "2012 nannte ein Netz, das seine Merkmale selbst aus Fotos gelernt hatte, bei allen bis auf 15,3 % der "
         "Testbilder die richtige Klasse unter seinen ersten fünf; der beste andere Beitrag verfehlte 26,2 %. "
         "[Krizhevsky et al. 2012]"),
        ("The same contest in small: symbols of music, told apart by gradients counted by hand and a support vector "
         "machine, or by a small convolutional network. [Dalal and Triggs 2005]",
         "Derselbe Wettbewerb im Kleinen: Notenzeichen, unterschieden durch von Hand gezählte Gradienten und eine "
         "Support Vector Machine, oder durch ein kleines Faltungsnetz. [Dalal und Triggs 2005]"),
        ("The table says who is ahead, and from how many examples on; the band is the lowest and the highest of three "
         "draws. [this page]",
         "Die Tabelle sagt, wer vorn liegt, und ab wie vielen Beispielen; das Band reicht von der schlechtesten zur "
         "besten von drei Ziehungen. [diese Seite]"),
        ("talk", "classify", "-o", "OUT.html", "--scores", "16", "--classes", "8", "--counts", "5,40",
         "--steps", "150"),
        figures=(0, 1), tables=(0,)),
    Chapter(
        "words", HAPPENED,
        ("Words become places", "Wörter werden zu Orten"),
        ("In 2013 words became points of a space in which king - man + woman lies nearest to queen. "
         "[Mikolov, Yih and Zweig 2013]",
         "2013 wurden Wörter zu Punkten eines Raums, in dem König - Mann + Frau der Königin am nächsten liegt. "
         "[Mikolov, Yih und Zweig 2013]"),
        ("A network guesses which words stand around a word; the numbers that it needs for that are the word's place. "
         "[Mikolov et al. 2013]",
         "Ein Netz rät, welche Wörter um ein Wort herum stehen; die Zahlen, die es dazu braucht, sind der Ort des "
         "Worts. [Mikolov et al. 2013]"),
        ("It learns here from a made-up text in which the analogies are true; how many it answers stands above. "
         "[this page]",
         "Hier lernt es aus einem erfundenen Text, in dem die Analogien gelten; wie viele es beantwortet, steht oben. "
         "[diese Seite]"),
        ("talk", "words", "-o", "OUT", "--size", "50", "--nearest", "violin"),
        formula="log σ(u_w · v_c) + Σ_k log σ(-u_k · v_c)",
        reads=("v_c is the place of the word that is read, u_w that of a word that stands near it, each u_k that of "
               "a word drawn at random; σ(x) = 1 / (1 + e⁻ˣ). The larger the sum, the better.",
               "v_c ist der Ort des gelesenen Worts, u_w der eines Worts in seiner Nähe, jedes u_k der eines "
               "zufällig gezogenen; σ(x) = 1 / (1 + e⁻ˣ). Je grösser die Summe, desto besser."),
        shown=("index.html",), figures=(0,)),
    Chapter(
        "write", HAPPENED,
        ("A network writes", "Ein Netz schreibt"),
        ("In 2015 networks that read nothing but one letter after the other wrote plays, encyclopedia articles, LaTeX "
         "and C. [Karpathy 2015]",
         "2015 schrieben Netze, die nichts als einen Buchstaben nach dem anderen lasen, Dramen, Lexikonartikel, LaTeX "
         "und C. [Karpathy 2015]"),
        ("It guesses the next letter, again and again. The texts below were written while it learned from dance tunes, "
         "with the bits that it needs for a letter it has not seen. It came with the program; its last round was "
         "learned just now. [this page]",
         "Es rät den nächsten Buchstaben, wieder und wieder. Die Texte unten schrieb es, während es aus Tanzmelodien "
         "lernte, daneben die Bits, die es für einen ungesehenen Buchstaben braucht. Es kam mit dem Programm; seine "
         "letzte Runde lernte es eben jetzt. [diese Seite]"),
        ("Of the tunes at the end those are engraved, to be heard, and read back by this program whose bars add up and "
         "which are no copies. How many that are stands above. [this page]",
         "Von den Melodien am Schluss sind jene gesetzt, zum Anhören und von diesem Programm zurückgelesen, deren "
         "Takte aufgehen und die keine Kopien sind. Wie viele das sind, steht oben. [diese Seite]"),
        ("talk", "write", "-o", "OUT", "--start", "shipped", "--rounds", "41", "--tunes", "6", "--length", "500"),
        formula="-log_2 p(letter | all letters before)",
        reads=("The price of a letter in bits: 0 if the network was certain of it, 1 if it gave it a chance of a "
               "half, 2 of a quarter.",
               "Der Preis eines Buchstabens in Bits: 0, wenn das Netz sicher war, 1 bei einer Wahrscheinlichkeit von "
               "einem Halb, 2 bei einem Viertel."),
        shown=("index.html",), figures=(0, 1, 2), written=True,
        texts=("written.abc",), files=("*.mid",)),
    Chapter(
        "go", HAPPENED,
        ("A network plays itself", "Ein Netz spielt gegen sich selbst"),
        ("In 2017 AlphaGo Zero, which had learned from games against itself alone, won 100 to 0 against the AlphaGo "
         "that had beaten a world champion. [Silver et al. 2017]",
         "2017 gewann AlphaGo Zero, das nur aus Partien gegen sich selbst gelernt hatte, 100 zu 0 gegen jenes AlphaGo, "
         "das einen Weltmeister geschlagen hatte. [Silver et al. 2017]"),
        ("A network says which moves are promising and who is ahead; a search thinks on from there; the network learns "
         "what the search found. [Silver et al. 2017]",
         "Ein Netz sagt, welche Züge lohnen und wer vorn liegt; eine Suche denkt von dort weiter; das Netz lernt, was "
         "die Suche fand. [Silver et al. 2017]"),
        ("On a board of 5 x 5 the curve shows what playing against itself has brought. [this page]",
         "Auf einem Brett von 5 x 5 zeigt die Kurve, was das Spiel gegen sich selbst gebracht hat. [diese Seite]"),
        ("talk", "go", "-o", "OUT", "--start", "shipped"),
        formula="(z - v)² - πᵀ log p + c‖θ‖²",
        reads=("z is who won, 1 or -1, and v who the network thought would; π is how often the search went each way,"
               " p how often the network would; θ are its numbers, which a small c keeps small. All of it is to "
               "become small.",
               "z ist, wer gewann, 1 oder -1, und v, wen das Netz vorn sah; π ist, wie oft die Suche jeden Weg ging,"
               " p, wie oft das Netz ihn ginge; θ sind seine Zahlen, die ein kleines c klein hält. Die Summe soll "
               "klein werden."),
        shown=("index.html",), figures=(0,), files=("games/*.sgf",)),
    Chapter(
        "faces", HAPPENED,
        ("Faces of nobody", "Gesichter von niemandem"),
        ("At ICLR 2018 a network was shown that drew portraits of 1024 x 1024 pixels of people who do not exist. "
         "[Karras et al. 2018]",
         "An der ICLR 2018 wurde ein Netz gezeigt, das Porträts von 1024 x 1024 Bildpunkten zeichnete, von Menschen, "
         "die es nicht gibt. [Karras et al. 2018]"),
        ("One network draws, another tells drawn from true; each learns from the other. They begin with 4 x 4 pixels "
         "and grow. [Goodfellow et al. 2014; Karras et al. 2018]",
         "Ein Netz zeichnet, ein anderes unterscheidet Gezeichnetes von Echtem; jedes lernt vom anderen. Sie beginnen "
         "mit 4 x 4 Bildpunkten und wachsen. [Goodfellow et al. 2014; Karras et al. 2018]"),
        ("How far its faces are from those it learned from, and how far two sets of those from each other, is the "
         "second picture. The run came with the program; its last steps were learned just now. [this page]",
         "Wie weit seine Gesichter von denen entfernt sind, aus denen es lernte, und zwei Mengen von diesen "
         "voneinander, zeigt das zweite Bild. Der Lauf kam mit dem Programm; seine letzten Schritte lernte er eben "
         "jetzt. [diese Seite]"),
        ("talk", "faces", "-o", "OUT", "--start", "shipped", "--steps", "9650"),
        formula="min_G max_D  E log D(x) + E log(1 - D(G(z)))",
        reads=("D(x) is how surely the second network, D, takes the picture x for a real one, 0 to 1; G(z) is what "
               "the first, G, draws from random numbers z; E is the mean. D makes the sum large, G makes it small.",
               "D(x) ist, wie sicher das zweite Netz, D, das Bild x für ein echtes hält, 0 bis 1; G(z) ist, was das "
               "erste, G, aus Zufallszahlen z zeichnet; E ist der Mittelwert. D macht die Summe gross, G macht sie "
               "klein."),
        shown=("index.html",),
        figures=(0, 1)),
    Chapter(
        "swap", HAPPENED,
        ("One face for another", "Ein Gesicht für ein anderes"),
        ("Programs that put one person's face on another's body are there for everyone to use; the makers of one "
         "described it in 2020. [Perov et al. 2020]",
         "Programme, die das Gesicht eines Menschen auf den Körper eines anderen setzen, kann jeder benutzen; 2020 "
         "beschrieben die Urheber eines davon, wie es arbeitet. [Perov et al. 2020]"),
        ("One network learns what two faces share, pose and expression; two others learn to draw one of them each. "
         "[Perov et al. 2020, section 3]",
         "Ein Netz lernt, was zwei Gesichter gemeinsam haben, Haltung und Ausdruck; zwei weitere lernen, je eines zu "
         "zeichnen. [Perov et al. 2020, Abschnitt 3]"),
        ("Both people are drawn here, so that the true exchange is known; the error stands above, the rows show how it "
         "was learned, and every picture of a face is marked as synthetic. The run came with the program; its last "
         "steps were learned just now. [this page]",
         "Beide Menschen sind hier gezeichnet, sodass der wahre Tausch bekannt ist; der Fehler steht oben, die Reihen "
         "zeigen, wie gelernt wurde, und jedes Bild eines Gesichts ist als synthetisch gekennzeichnet. Der Lauf kam "
         "mit dem Programm; seine letzten Schritte lernte er eben jetzt. [diese Seite]"),
        ("talk", "swap", "-o", "OUT", "--start", "shipped", "--steps", "4050"),
        formula="x → D_B(E(x_A))",
        reads=("E reads a face, x_A of the person A, and keeps what both people can share; D_B, which has learned to"
               " draw B alone, draws B doing the same.",
               "E liest ein Gesicht, x_A des Menschen A, und behält, was beide gemeinsam haben können; D_B, das nur "
               "B zu zeichnen gelernt hat, zeichnet B, wie er dasselbe tut."),
        shown=("index.html",),
        figures=(0, 1)),
    Chapter(
        "descent", WORKS,
        ("Learning is search", "Lernen ist Suchen"),
        ("Since 1986 networks of several layers learn by passing their error back. [Rumelhart, Hinton and Williams "
         "1986]",
         "Seit 1986 lernen Netze aus mehreren Schichten, indem sie ihren Fehler zurückreichen. [Rumelhart, Hinton und "
         "Williams 1986]"),
        ("A learning machine is a function with numbers in it. The error of one neuron is a landscape over its two "
         "numbers; three ways down are drawn. [this page; Polyak 1964, Kingma and Ba 2015]",
         "Eine lernende Maschine ist eine Funktion mit Zahlen darin. Der Fehler eines Neurons ist eine Landschaft über "
         "seinen zwei Zahlen; drei Wege hinab sind gezeichnet. [diese Seite; Polyak 1964, Kingma und Ba 2015]"),
        ("Every network on this page was found by such a walk. [this page]",
         "Jedes Netz auf dieser Seite wurde auf einem solchen Weg gefunden. [diese Seite]"),
        ("talk", "descent", "-o", "OUT.html", "--steps", "120"), formula="θ ← θ - η ∇L(θ)",
        reads=("θ are the numbers, L(θ) is the error, ∇L(θ) the direction in which it rises most; η is how long a "
               "step is.",
               "θ sind die Zahlen, L(θ) ist der Fehler, ∇L(θ) die Richtung, in der er am stärksten steigt; η ist die"
               " Länge des Schritts."),
        figures=(0, 1)),
    Chapter(
        "features", WORKS,
        ("What the layers look for", "Worauf die Schichten achten"),
        ("What single units of a network answer to can be made visible. [Zeiler and Fergus 2014; Olah et al. 2017]",
         "Worauf einzelne Einheiten eines Netzes antworten, lässt sich sichtbar machen. [Zeiler und Fergus 2014; Olah "
         "et al. 2017]"),
        ("From noise, an input is changed until a unit of the detector answers as strongly as it can. "
         "[Olah et al. 2017]",
         "Aus Rauschen wird eine Eingabe so verändert, dass eine Einheit des Detektors so stark antwortet, wie sie "
         "kann. [Olah et al. 2017]"),
        ("Beside each stand the places of pages that excite the same unit most. [this page]",
         "Daneben stehen die Stellen von Seiten, die dieselbe Einheit am stärksten erregen. [diese Seite]"),
        ("explain", "features", "PAGE", "-o", "OUT.html", "--units", "3", "--steps", "12"),
        formula="x* = argmax_x a_unit(x)",
        reads=("x is the input, a_unit(x) how strongly the unit answers to it, x* the input with the strongest "
               "answer.",
               "x ist die Eingabe, a_unit(x), wie stark die Einheit auf sie antwortet, x* die Eingabe mit der "
               "stärksten Antwort."),
        figures=(0, 2, 4, 6)),
    Chapter(
        "press", GOOD,
        ("Articles of a newspaper", "Die Artikel einer Zeitung"),
        ("In 2017 a network that labels all pixels of a page at once divided newspapers into articles. "
         "[Meier et al. 2017]",
         "2017 teilte ein Netz, das alle Bildpunkte einer Seite auf einmal benennt, Zeitungen in Artikel ein. "
         "[Meier et al. 2017]"),
        ("Every pixel is text, headline, picture, nuisance or nothing, and lies inside of an article or at its border; "
         "the islands of the inside are the articles. [Meier et al. 2017; this page]",
         "Jeder Bildpunkt ist Text, Titel, Bild, Störung oder nichts, und liegt im Innern eines Artikels oder an "
         "seinem Rand; die Inseln des Innern sind die Artikel. [Meier et al. 2017; diese Seite]"),
        ("Green: articles. Red: advertisements and the like. The page is typeset by this program. [this page]",
         "Grün: Artikel. Rot: Anzeigen und dergleichen. Die Seite ist von diesem Programm gesetzt. [diese Seite]"),
        ("press", "read", "PRESS", "-o", "OUT"),
        shown=("*overlay.png",), figures=(0,), files=("*.xml",)),
    Chapter(
        "watershed", GOOD,
        ("A network looks at a page of music", "Ein Netz schaut auf eine Notenseite"),
        ("A page of music holds hundreds of small signs. In the talk, the detector trained on clean engravings alone "
         "reached 16 %, and 73 % in the end. [Stadelmann 2018]",
         "Eine Notenseite trägt Hunderte kleiner Zeichen. Im Vortrag erreichte der nur auf sauberem Stich trainierte "
         "Detektor 16 %, am Ende 73 %. [Stadelmann 2018]"),
        ("The deep watershed answers with a landscape, a hill over each sign. Pull the slider and flood it: every "
         "island left is one sign. [Bai and Urtasun 2017; Tuggener et al. 2018]",
         "Die tiefe Wasserscheide antwortet mit einer Landschaft, einem Hügel über jedem Zeichen. Fluten Sie sie mit "
         "dem Regler: Jede Insel, die bleibt, ist ein Zeichen. [Bai und Urtasun 2017; Tuggener et al. 2018]"),
        ("The cells of an island vote on its class and its box: the last picture. [this page]",
         "Die Zellen einer Insel stimmen über Klasse und Rahmen ab: das letzte Bild. [diese Seite]"),
        ("explain", "watershed", "PAGE", "-o", "OUT.html"), formula="E = 1 - distance to the middle / radius",
        reads=("E is 1 in the middle of a sign and 0 at its edge.",
               "E ist 1 in der Mitte eines Zeichens und 0 an seinem Rand."),
        figures=(1, 5, 8), tables=(1,)),
    Chapter(
        "scan", GOOD,
        ("From paper to music", "Vom Papier zur Musik"),
        ("Reading music by machine has been tried since 1966. [Pruslin 1966, after Calvo-Zaragoza et al. 2020]",
         "Noten maschinell zu lesen wird seit 1966 versucht. [Pruslin 1966, nach Calvo-Zaragoza et al. 2020]"),
        ("Signs become notes: which head, which stem, which voice, how long, and whether the bar adds up. What is "
         "unsure is said. [this page]",
         "Aus Zeichen werden Noten: welcher Kopf, welcher Hals, welche Stimme, wie lang, und ob der Takt aufgeht. Was "
         "unsicher ist, wird gesagt. [diese Seite]"),
        ("What was read lies on the page; as MusicXML it can be edited, transposed and printed. [this page]",
         "Das Gelesene liegt über der Seite; als MusicXML lässt es sich bearbeiten, transponieren und drucken. "
         "[diese Seite]"),
        ("scan", "PAGE", "-o", "OUT/page.musicxml", "--overlay"),
        shown=("*.png",), figures=(0,),
        files=("*.musicxml",)),
    Chapter(
        "augment", LESSONS,
        ("Data decides", "Die Daten entscheiden"),
        ("A detector that has seen only clean engravings fails on scans. [Elezi et al. 2018; Stadelmann et al. 2018]",
         "Ein Detektor, der nur sauberen Stich gesehen hat, versagt auf Scans. [Elezi et al. 2018; Stadelmann et al. "
         "2018]"),
        ("So pages are made worse on purpose, as scanners and cameras do it, and the labels stay right. [this page]",
         "Also werden Seiten absichtlich verschlechtert, so wie Scanner und Kameras es tun, und ihre Beschriftung "
         "bleibt richtig. [diese Seite]"),
        ("In this project, balanced classes and symbols pasted into margins took the average precision from .091 to "
         ".241 after the same 500 batches. [docs/detector.md, omr evaluate ablation]",
         "In diesem Projekt hoben ausgeglichene Klassen und in die Ränder geklebte Zeichen die mittlere Präzision nach "
         "denselben 500 Schritten von .091 auf .241. [docs/detector.md, omr evaluate ablation]"),
        ("augment", "show", "PAGE", "-o", "OUT.png", "--copies", "1", "--seed", "5"),
        figures=(0,)),
    Chapter(
        "training", LESSONS,
        ("Watch it learn", "Beim Lernen zusehen"),
        ("In 2017 it was proposed to look at a network in training as points of a plane: what each layer knows of the "
         "input, and of the answer. Whether it compresses there is disputed. [Shwartz-Ziv and Tishby 2017; Saxe et al. "
         "2018]",
         "2017 wurde vorgeschlagen, ein lernendes Netz als Punkte einer Ebene zu sehen: was jede Schicht von der "
         "Eingabe weiss, und was von der Antwort. Ob es dort verdichtet, ist umstritten. [Shwartz-Ziv und Tishby 2017; "
         "Saxe et al. 2018]"),
        ("Each block of the detector in a short training, from dark to bright; what chance alone would show is "
         "measured and subtracted. [this page]",
         "Jeder Block des Detektors in einem kurzen Training, von dunkel nach hell; was schon der Zufall zeigte, ist "
         "gemessen und abgezogen. [diese Seite]"),
        ("The losses fall from step to step. The dot at the right is what the training came to on pages that it did "
         "not learn from. [this page]",
         "Die Fehler sinken von Schritt zu Schritt. Der Punkt rechts ist, was das Training auf Seiten erreichte, von "
         "denen es nicht lernte. [diese Seite]"),
        ("explain", "training", "-o", "OUT.html"), formula="I(T;Y) = H(T) - H(T|Y)",
        reads=("H(T) is how many bits it takes to say what a block T answers, H(T|Y) how many are left when the "
               "class Y is known. The difference, I(T;Y), is what the block knows of the class.",
               "H(T) ist, wie viele Bits es braucht, um zu sagen, was ein Block T antwortet, H(T|Y), wie viele "
               "bleiben, wenn man die Klasse Y kennt. Der Unterschied, I(T;Y), ist, was der Block von der Klasse "
               "weiss."),
        figures=(0, 1)),
    Chapter(
        "saliency", LESSONS,
        ("Ask it why", "Fragen, warum"),
        ("Which parts of a picture an answer rests on can be asked for, and some of the maps that show it look the "
         "same for a network that has learned nothing. [Fong and Vedaldi 2017; Adebayo et al. 2018]",
         "Auf welchen Teilen eines Bilds eine Antwort beruht, lässt sich fragen, und manche Karte, die das zeigt, "
         "sieht bei einem Netz, das nichts gelernt hat, gleich aus. [Fong und Vedaldi 2017; Adebayo et al. 2018]"),
        ("A mask is searched that takes away little ink and much of the score; beside it, gradients summed from blank "
         "paper to the page. [Fong and Vedaldi 2017; Sundararajan et al. 2017]",
         "Gesucht wird eine Maske, die wenig Druck und viel vom Vertrauen wegnimmt; daneben Gradienten, vom leeren "
         "Papier bis zur Seite summiert. [Fong und Vedaldi 2017; Sundararajan et al. 2017]"),
        ("The second table shows which of the maps survive the test with shuffled weights. [this page]",
         "Die zweite Tabelle zeigt, welche Karten den Test mit vertauschten Gewichten bestehen. [diese Seite]"),
        ("explain", "saliency", "PAGE", "--at", "250,420", "-o", "OUT.html"),
        formula="min_m  f(m ∘ x) + λ‖1 - m‖",
        reads=("x is the page, f the score; the mask m lies between 1, the ink stays, and 0, it goes, and λ is the "
               "price of ink that goes.",
               "x ist die Seite, f das Vertrauen; die Maske m liegt zwischen 1, der Druck bleibt, und 0, er "
               "verschwindet, und λ ist der Preis für Druck, der verschwindet."),
        figures=(0, 1, 2, 3), across=4, tables=(0, 1)),
    Chapter(
        "guard", LESSONS,
        ("Who wants to deceive it, can", "Wer täuschen will, kann"),
        ("Changes that the eye does not see make networks answer wrongly; they can betray themselves by how scattered "
         "the network's response is. [Goodfellow et al. 2015; Amirian et al. 2018]",
         "Veränderungen, die das Auge nicht sieht, lassen Netze falsch antworten; verraten können sie sich dadurch, "
         "wie zerstreut das Netz antwortet. [Goodfellow et al. 2015; Amirian et al. 2018]"),
        ("Above untouched, below attacked: image, response of the features, local spatial entropy of the response. "
         "[Amirian et al. 2018; this page]",
         "Oben unberührt, unten angegriffen: Bild, Antwort der Merkmale, örtliche Entropie der Antwort. [Amirian et "
         "al. 2018; diese Seite]"),
        ("The table says how many symbols an attack leaves, and how well it is told from print by two ways. [this "
         "page]",
         "Die Tabelle sagt, wie viele Zeichen ein Angriff übrig lässt, und wie gut zwei Verfahren ihn vom Druck "
         "unterscheiden. [diese Seite]"),
        ("guard", "PAGE", "-o", "OUT.html", "--crops", "3"), formula="x' = x + ε sign(∇_x L)",
        reads=("x is the page, L the error that the attack wants to raise; every pixel moves by ε, darker or "
               "lighter, whichever raises it.",
               "x ist die Seite, L der Fehler, den der Angriff erhöhen will; jeder Bildpunkt rückt um ε, dunkler "
               "oder heller, je nachdem, was ihn erhöht."),
        figures=(1, 2, 3, 4, 5, 6, 7, 8, 9), across=3, tables=(0,)),
)


def in_talk(name: str) -> str:
    """The beginning of a system's own page: the formula that belongs to it and how it is read, where there is one, and
    its place in the talk. name: of a chapter."""
    chapter = next(c for c in CHAPTERS if c.name == name)
    told = (f"In the talk (T. Stadelmann, \u201cDeep Learning und Medien\u201d, 2018) this stands in the part "
            f"\u201c{chapter.part[1]}\u201d ({chapter.part[0]}).")
    shown = formula(chapter.formula) + lowered(page.words(chapter.reads[0])) if chapter.formula else ""
    return shown + page.words(told)


CONCLUSIONS: tuple[Both, ...] = (
    ("What was new in these years is learned, not programmed: every network above found its numbers by descent on an "
     "error. [chapters classify to swap, descent]",
     "Das Neue dieser Jahre ist gelernt, nicht programmiert: Jedes Netz oben fand seine Zahlen durch Abstieg auf "
     "einem Fehler. [Kapitel classify bis swap, descent]"),
    ("The same few parts carry all of them: convolutions for what stands side by side, recurrence for what follows one "
     "another, search where the rules are known. [chapters classify, write, go]",
     "Dieselben wenigen Teile tragen alle: Faltung für das, was nebeneinander steht, Rekurrenz für das, was "
     "aufeinander folgt, Suche, wo die Regeln bekannt sind. [Kapitel classify, write, go]"),
    ("Between a demonstration and a tool lies the data: with the same network and the same number of batches, other "
     "crops of the same pages were worth two and a half times the precision. [chapter augment, docs/detector.md]",
     "Zwischen Vorführung und Werkzeug liegen die Daten: Beim selben Netz und gleich vielen Schritten brachten andere "
     "Ausschnitte derselben Seiten die zweieinhalbfache Präzision. [Kapitel augment, docs/detector.md]"),
    ("A network can be asked what it saw and why, and the asking has to be tested too. [chapters features, training, "
     "saliency]",
     "Ein Netz lässt sich fragen, was es sah und warum, und auch das Fragen muss geprüft werden. [Kapitel features, "
     "training, saliency]"),
    ("What makes pictures makes forgeries; what reads pages can be deceived. Both are shown here with the mark and the "
     "guard that go with them. [chapters swap, guard]",
     "Was Bilder macht, macht Fälschungen; was Seiten liest, lässt sich täuschen. Beides steht hier mit dem Zeichen "
     "und der Wache, die dazugehören. [Kapitel swap, guard]"),
)

SOURCES: tuple[str, ...] = (
    "Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018",
    "Amirian, Schwenker, Stadelmann, Trace and detect adversarial attacks on CNNs using feature response maps, ANNPR "
    "2018",
    "Bai, Urtasun, Deep watershed transform for instance segmentation, CVPR 2017",
    "Calvo-Zaragoza, Hajič, Pacha, Understanding optical music recognition, ACM Computing Surveys 2020",
    "Dalal, Triggs, Histograms of oriented gradients for human detection, CVPR 2005",
    "Elezi, Tuggener, Pelillo, Stadelmann, DeepScores and deep watershed detection: current state and open issues, "
    "WoRMS 2018",
    "Fong, Vedaldi, Interpretable explanations of black boxes by meaningful perturbation, ICCV 2017",
    "Goodfellow et al., Generative adversarial nets, NIPS 2014",
    "Goodfellow, Shlens, Szegedy, Explaining and harnessing adversarial examples, ICLR 2015",
    "Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015",
    "Karras, Aila, Laine, Lehtinen, Progressive growing of GANs, ICLR 2018",
    "Kingma, Ba, Adam, ICLR 2015; Polyak, Some methods of speeding up the convergence of iteration methods, 1964",
    "Krizhevsky, Sutskever, Hinton, ImageNet classification with deep convolutional neural networks, NIPS 2012",
    "Meier, Stadelmann, Stampfli, Arnold, Cieliebak, Fully convolutional neural networks for newspaper article "
    "segmentation, ICDAR 2017",
    "Mikolov et al., Distributed representations of words and phrases and their compositionality, NIPS 2013; Mikolov, "
    "Yih, Zweig, Linguistic regularities in continuous space word representations, NAACL 2013",
    "Olah, Mordvintsev, Schubert, Feature visualization, Distill 2017",
    "Perov et al., DeepFaceLab, 2020",
    "Rumelhart, Hinton, Williams, Learning representations by back-propagating errors, Nature 1986",
    "Saxe et al., On the information bottleneck theory of deep learning, ICLR 2018",
    "Shwartz-Ziv, Tishby, Opening the black box of deep neural networks via information, 2017",
    "Silver et al., Mastering the game of Go without human knowledge, Nature 2017",
    "Stadelmann, Deep Learning und Medien (the talk), 2018; Stadelmann et al., Deep learning in the wild, ANNPR 2018",
    "Sundararajan, Taly, Yan, Axiomatic attribution for deep networks, ICML 2017",
    "Tuggener, Elezi, Schmidhuber, Stadelmann, Deep watershed detector for music object recognition, ISMIR 2018",
    "Zeiler, Fergus, Visualizing and understanding convolutional networks, ECCV 2014",
)
