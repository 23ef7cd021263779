import { afterEach, describe, expect, test } from 'vitest';
import {
  createReadmeRenderer,
  type ReadmeLimits,
  type ReadmeRenderer,
} from '../../src/site/readme/render.ts';

const day = 86_400_000;
const generous: ReadmeLimits = { patience: day, lingers: day, wait: day, waiting: 32 };
const impatient: ReadmeLimits = { ...generous, patience: 1 };
const hurried: ReadmeLimits = { ...generous, wait: 1 };

describe('the renderer of READMEs', () => {
  const opened: ReadmeRenderer[] = [];
  const open = (limits = generous): ReadmeRenderer => {
    const renderer = createReadmeRenderer(limits);
    opened.push(renderer);
    return renderer;
  };
  afterEach(async () => {
    for (const renderer of opened.splice(0)) await renderer.close();
  });

  test('lays a text out in its thread, with links into its repository', async () => {
    const { render } = open();
    const repository = 'https://github.com/ada/hello';
    expect(await render('# Hello\n\n[a](b.md)<script>run()</script>', { repository })).toBe(
      '<h2 id="readme-hello">Hello</h2>\n<p><a href="https://github.com/ada/hello/blob/HEAD/b.md" rel="nofollow noopener ugc">a</a></p>',
    );
    expect(await render('[a](b.md)', {})).toBe('<p><a rel="nofollow noopener ugc">a</a></p>');
  });

  test('answers many at once, each its own, and goes on after it was closed', async () => {
    const renderer = open();
    const texts = Array.from({ length: 20 }, (_, index) => `*${index % 10}*`);
    const answers = await Promise.all(texts.map((text) => renderer.render(text, {})));
    expect(answers).toEqual(texts.map((text) => `<p><em>${text.slice(1, -1)}</em></p>`));
    await renderer.close();
    expect(await renderer.render('*again*', {})).toBe('<p><em>again</em></p>');
  });

  test('shows as it was written what takes too long, and is ready for the next', async () => {
    const { render } = open(impatient);
    const plain = await render('# <script>run()</script> & "more"', {});
    expect(plain).toContain('could not be laid out');
    expect(plain).toContain('# &lt;script&gt;run()&lt;/script&gt; &amp; &quot;more&quot;</pre>');
    expect(await render('another', {})).toContain('another</pre>');
  });

  test('lets no page wait for long, and has the text when it is asked for again', async () => {
    const { render } = open(hurried);
    expect(await render('*late*', {})).toContain('*late*</pre>');
    await expect.poll(() => render('*late*', {}), { timeout: 50_000 }).toBe('<p><em>late</em></p>');
  });

  test('shows as it was written what is too much for the parser', async () => {
    const { render } = open();
    expect(await render('<div>'.repeat(100_000), {})).toMatch(/^<p class="readme-plain">.*&lt;div&gt;&lt;/s);
    const [definition, references] = [`[a]: https://example.com/${'y'.repeat(2000)}`, '[a] '.repeat(15_000)];
    const whole = await render(`${definition}\n\n${references}`, {});
    expect(whole.length).toBeLessThan(1_000_000);
    expect(await render('*still here*', {})).toBe('<p><em>still here</em></p>');
  });

  test('cuts what is longer than 512 KiB and says so', async () => {
    const { render } = open();
    const plain = await render(`<b>${'x'.repeat(600_000)}`, {});
    expect(plain).toContain('longer than 512 KiB');
    expect(plain).toContain('&lt;b&gt;xxx');
    expect(plain.length).toBeLessThan(525_000);
  });

  test('turns away who comes when too many wait', async () => {
    const { render } = open({ ...generous, waiting: 1 });
    const [first, second] = await Promise.all([render('*a*', {}), render('*b*', {})]);
    expect(first).toBe('<p><em>a</em></p>');
    expect(second).toContain('*b*</pre>');
  });
});
