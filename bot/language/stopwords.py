"""Words that say nothing by themselves, folded, of all languages at once (a reading need not know the language to drop them).

Kept out on purpose: words that are names or notions in another language of ours (en «may» is a month, fr «est» the east but also «is»).
Negations stay stop words: «pas de troupes au sol» is about ground troops.
"""

from __future__ import annotations

_FR = """
au aux avec ce ces cet cette ceci cela celui celle ceux celles dans de des du elle elles en et eux il ils je la le les leur leurs lui ma mais me
meme memes mes moi mon ne nos notre nous on ou par pas pour qu que qui quoi quel quelle quels quelles sa se ses si son sur ta te tes toi ton tu un une vos votre vous
y ete etes etait etaient etant est es suis sommes sont sera seront serait seraient soit soient fut furent ai as avons avez ont avait avaient ayant aura auront aurait auraient
eu eue eus ait aient dont donc car ni or puis alors ainsi aussi apres avant afin chez contre depuis des entre hors lors malgre parmi pendant
sans sauf selon sous vers voici voila tres plus moins peu trop tout tous toute toutes autre autres encore deja toujours jamais ici la ou comme comment
quand pourquoi lorsque puisque tandis quelque quelques chaque plusieurs aucun aucune certains certaines tel telle tels telles ca cependant toutefois
notamment pourtant ensuite bien etre avoir faire fait font faisait peut peuvent pouvait pourrait pourraient doit doivent devrait devraient va vont allait
via afp fois temps
"""
_EN = """
a an the and or but if of to in on at by for from with without about as into onto over under after before between among during than then that this these those there here
it its he him his she her hers they them their theirs we our ours you your yours i me my mine who whom whose which what when where why how
is are was were be been being am do does did done doing has have had having will would shall should can could might must
not no nor so too very just also only even still yet again all any both each every few more most much many other others some such own same
up down out off upon per via amid while until since because though although once s t re ve ll d m us however whether against
said says reuters ap
"""
_DE = """
der die das den dem des ein eine einer einem einen eines und oder aber wenn als wie auch nur noch schon sehr so da dann dort hier im in am an auf aus bei beim bis durch fur gegen
hinter mit nach neben ohne seit uber um unter von vom vor wahrend wegen zu zum zur zwischen ich du er sie es wir ihr ihm ihn ihnen uns euch mich dich sich
mein dein sein seine seinen seiner seinem seines ihre ihrem ihren ihrer ihres unser unsere dieser diese dieses diesem diesen jener jene jedes jede jeder jeden welche welcher welches was wer wen wem wo warum
ist sind war waren bin bist wird werden wurde wurden wurde wurden worden geworden sei seien ware waren habe haben hat hatte hatten hatte hatten kann konnen konnte konnten
muss mussen musste soll sollen sollte sollten will wollen wollte wollten darf durfen mag nicht nichts kein keine keinen keiner keinem mehr weniger alle allen aller alles andere anderen
dass damit denn doch ob weil sowie etwa immer wieder nun heute zwar bereits man
"""
_ES = """
el la los las un una unos unas lo y o u e pero si de del al a en con sin sobre entre hasta desde por para segun tras ante bajo contra durante mediante
que quien quienes cual cuales cuyo cuya cuando donde como porque pues su sus mi mis tu tus nuestro nuestra nos se me te le les ya no ni muy mas menos tan tanto
es son era eran fue fueron sera seran ser sido siendo ha han habia habian haber hay esta estan estaba estaban estar este esta estos estas ese esa esos esas aquel aquella
esto eso otro otra otros otras todo toda todos todas tambien aun aunque asi
"""
_IT = """
il lo la i gli le un uno una e ed o ma se di a da in con su per tra fra del dello della dei degli delle al allo alla ai agli alle dal dallo dalla dai dagli dalle nel nello nella nei negli nelle sul sullo sulla sui sugli sulle
che chi cui non piu meno come dove quando perche anche gia ancora solo dopo prima suo sua suoi sue loro mio tuo nostro vostro questo questa questi queste quello quella quelli quelle
e sono era erano fu furono sara saranno essere stato stata stati state ha hanno aveva avevano avere si ci vi ne lui lei noi voi
"""
_PL = """
i oraz a ale lub albo czy ze zeby aby by bo gdy gdyz jak jako jesli jezeli to ten ta te tego tej temu tym tych tymi ci w we z ze za na nad nie do od ode o u po pod przed przez przy dla bez miedzy wedlug
jest sa byl byla bylo byli byly bedzie beda byc zostal zostala zostalo zostaly ma maja mial miala sie go jego jej ich im mu on ona ono oni one my wy ja mnie nas nam was sobie swoj swoje swoja swoich swoim
co kto ktory ktora ktore ktorych ktorym ktorzy tez takze juz jeszcze tylko bardzo wiecej mniej tam tu gdzie kiedy dlaczego po podczas
"""
_UK = """
і й та але або чи що щоб як якщо коли де хто який яка яке які якого якої якому яким яких це цей ця ці цього цієї цьому цим цих той та те ті того тієї тому тим тих
в у на з із зі зо за до від од о об про по під над перед при через без для між серед після проти крім біля є був була було були буде будуть бути
не ні ж же б би бо ще вже лише тільки навіть також теж так дуже більш більше менш менше він вона воно вони його її їх їм йому ній ним ними них ми ви я ти мене мені нас нам вас вам себе собі свій свою свого своєї своїх своїм своє
усі всі все весь вся всіх всім всього тут там тоді потім зокрема щодо хоча адже аби якби може можуть міг могла могли має мають мав мала мали
"""
_RU = """
и й а но или либо что чтобы как если когда где кто который которая которое которые которого которой которому которым которых это этот эта эти этого этой этому этим этих тот та то те того той тому тем тех
в во на с со из изо за до от ото о об обо про по под над перед при через без для между среди после против кроме у есть был была было были будет будут быть
не ни же ж бы б ли ещё еще уже лишь только даже также тоже так очень более больше менее меньше он она оно они его ее её их им ему ей ним ними них мы вы я ты меня мне нас нам вас вам себя себе свой свою своего своей своих своим свое своё
все всё весь вся всех всем всего тут там тогда потом ранее может могут мог могла могли имеет имеют из-за
"""


def _folded(words: str) -> frozenset[str]:
    return frozenset(w.replace("ё", "е").replace("ґ", "г") for w in words.split())


_LISTS: dict[str, frozenset[str]] = {
    "fr": _folded(_FR),
    "en": _folded(_EN),
    "de": _folded(_DE),
    "es": _folded(_ES),
    "it": _folded(_IT),
    "pl": _folded(_PL),
    "uk": _folded(_UK),
    "ru": _folded(_RU),
}
_MEANT_ELSEWHERE = frozenset(["mai", "may", "sept", "march", "war", "mer", "sera", "dont"])
"""Stop words of one language that are a month, a sea or a war in another: kept everywhere."""

BY_LANGUAGE: dict[str, frozenset[str]] = _LISTS
"""The stop words of each language."""
STOP_WORDS: frozenset[str] = frozenset().union(*_LISTS.values()) - _MEANT_ELSEWHERE
"""Those of all languages, for texts whose language is unknown."""
