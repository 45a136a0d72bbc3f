import { expect, test } from "vitest";
import { formatLaunch } from "./format-launch.js";
import { parseLaunch } from "./parse-launch.js";

test.for<readonly [string, string, string]>([
  ["what was told on one line stands a chain a line", "chat model=tiny ! text ! sentences ! tee name=t  t. ! translate to=fr ! console  t. ! file path=story.txt", `
chat model=tiny ! text ! sentences ! tee name=t ! translate to=fr ! console
t. ! file path=story.txt`],
  ["a name that is the usual one, and is not referred to, is left out", "chat name=chat0 ! text name=x ! tee name=tee0  tee0. ! text name=text1", `
chat ! text name=x ! tee ! text`],
  ["a name that is referred to stands where it is declared", "chat ! tee  tee0. ! text  tee0.out1 ! upper", `
chat ! tee name=tee0 ! text
tee0.out1 ! upper`],
  ["what is joined later is referred to before", "tee name=t ! upper ! m.  t. ! lower ! m.a  merge name=m ! console", `
tee name=t ! upper ! m.
t. ! lower ! m.a
merge name=m ! console`],
  ["elements without links stand alone", "a b  c", `
a
b
c`],
  ["a bin of one chain stands in its line, others over several", "a ! ( b ! c ) ! ( tee name=t ! ( d e ) t. ! f ) name=x ! ()", `
a ! ( b ! c ) ! (
  tee name=t ! (
    d
    e
  )
  t. ! f
) name=x ! ()`],
  ["text is quoted where it must be, or would look like something else", `'Say "it".' a a=b b='c d' c="1" d='true' e='' f="it's" g='a/b:c@d' h="#" i="-1e" j='x!' k="\n" l='1.2' m='007' n='C:\\\\a' o='[1]' p='=x'`, String.raw`
"Say \"it\"."
a a=b b="c d" c="1" d="true" e="" f="it's" g=a/b:c@d h="#" i="-1e" j="x!" k="\n" l="1.2" m="007" n="C:\\a" o="[1]" p="=x"`],
  ["text that a person writes without quotes is written so", "a a='16kHz' b='2026-01-01' c='https://h:80/p?q=1&r=2#top' d='日本語' e='$.a[0].b' f='a,b' g='-' h='*.txt' i='😀' j='é'", `
a a=16kHz b=2026-01-01 c=https://h:80/p?q=1&r=2#top d=日本語 e=$.a[0].b f=a,b g=- h=*.txt i=😀 j=é`],
  ["what is not seen, or steers a terminal, is written as its number", String.raw`'\u009b1m' a a='\u202e' b='\u2028' c={'\u007f': '\u001b'}`, String.raw`
"\u009b1m"
a a="\u202e" b="\u2028" c={"\u007f": "\u001b"}`],
  ["values of every type", "a a=1 b=-0.5 c=1e21 d=true e=null f=[ ] g={ } h=[1,[2,{'x':null}]] i={'y':'z'}", `
a a=1 b=-0.5 c=1e+21 d=true e=null f=[] g={} h=[1, [2, {"x": null}]] i={"y": "z"}`],
  ["parameters of caps stand in the order of their names, quoted where they must be", "a ! audio/pcm , rate=1,language = 'fr' , x='1', y='a b' ! b", `
a ! audio/pcm,language=fr,rate=1,x="1",y="a b" ! b`],
])("%s", ([, line, written]) => {
  expect(`\n${formatLaunch(parseLaunch(line))}`).toBe(written);
});

test("links that stand in another order than the elements keep it", () => {
  const elements = ["a", "b", "c"].map((element) => ({ name: `${element}0`, element }));
  const link = (from: string, to: string): object => ({ from: { element: from }, to: { element: to } });
  expect(formatLaunch({ elements, links: [link("b0", "c0"), link("a0", "b0"), link("c0", "c0")] as never })).toBe("a name=a0\nb name=b0 ! c name=c0\na0. ! b0.\nc0. ! c0.");
});

test("what is no pipeline is not written", () => {
  const one = { name: "a", element: "b" };
  expect(() => formatLaunch({ elements: [one, one], links: [] })).toThrow('pipeline: elements[1].name: "a" is the name of elements[0] too');
  expect(() => formatLaunch({ elements: [{ name: "a", element: "b ! c" }], links: [] })).toThrow("pipeline: elements[0].element: expected a letter");
});
