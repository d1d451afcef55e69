import { describe, expect, it } from 'vitest';
import type { Metrics, MetricSeries } from '../api/types';
import { choicesOf, panelsOf, stepsOf, unitText, valueText } from './metrics';

const ALL = { model: null, endpoint: null, service: null };

function series(name: string, model: string, points: [at: number, count: number, sum: number][], more: Partial<MetricSeries> = {}): MetricSeries {
  return {
    name,
    unit: '{token}',
    is_level: false,
    about: { service: 'demo', model, endpoint: 'chat' },
    labels: { model, service: 'demo' },
    points: points.map(([time_unix, count, sum]) => ({ time_unix, count, sum, min: null, max: null, last: sum })),
    ...more,
  };
}

const metrics = (all: MetricSeries[]): Metrics => ({ series: all, left_out: 0, slice_seconds: 10 });

describe('stepsOf', () => {
  it('takes whole slices, no more than fit, up to now', () => {
    expect(stepsOf(1005, 60, 10, 100)).toEqual({ from: 950, step: 10, count: 6 });
    expect(stepsOf(1005, 60, 10, 3)).toEqual({ from: 960, step: 20, count: 3 });
  });
});

describe('panelsOf', () => {
  const steps = stepsOf(1029, 30, 10, 100);

  it('adds up what is counted and stacks it', () => {
    const [panel] = panelsOf(metrics([series('t', 'a', [[1000, 2, 10], [1020, 1, 3]]), series('t', 'b', [[1000, 1, 5]])]), ALL, steps);
    expect(panel?.lines.map((line) => [line.name, line.values, line.sum])).toEqual([
      ['a · chat', [10, null, 3], 13],
      ['b · chat', [5, null, null], 5],
    ]);
    expect(panel).toMatchObject({ drawn: 'sum', top: 15 });
  });

  it('takes the mean of durations and the last of levels', () => {
    const durations = series('d', 'a', [[1000, 2, 10]], { unit: 's' });
    const level = series('l', 'a', [[1000, 1, 7], [1010, 1, 4]], { is_level: true });
    const panels = panelsOf(metrics([durations, level]), ALL, steps);
    expect(panels.map((panel) => [panel.drawn, panel.lines[0]?.values])).toEqual([
      ['mean', [5, null, null]],
      ['level', [7, 4, null]],
    ]);
  });

  it('shows what is asked for, and leaves out what has no number in sight', () => {
    const all = metrics([series('t', 'a', [[1000, 1, 1]]), series('t', 'b', [[1000, 1, 1]]), series('old', 'a', [[10, 1, 1]])]);
    expect(panelsOf(all, { ...ALL, model: 'b' }, steps).map((panel) => [panel.name, panel.lines.length])).toEqual([['t', 1]]);
    expect(choicesOf(all, 'model')).toEqual(['a', 'b']);
  });

  it('names series by the labels in which they differ', () => {
    const kind = (type: string) => series('t', 'a', [[1000, 1, 1]], { labels: { model: 'a', 'gen_ai.token.type': type } });
    const [panel] = panelsOf(metrics([kind('input'), kind('output')]), ALL, steps);
    expect(panel?.lines.map((line) => line.name)).toEqual(['a · chat · gen_ai.token.type=input', 'a · chat · gen_ai.token.type=output']);
  });
});

describe('text', () => {
  it('says durations, counts and other units', () => {
    expect([valueText(1.5, 's'), valueText(12, '{token}'), valueText(0.1234, '1'), valueText(2, 'USD')]).toEqual(['1.50 s', '12', '0.123', '2 USD']);
    expect([unitText('{token}'), unitText('ns'), unitText('USD'), unitText('')]).toEqual(['tokens', '', 'USD', '']);
  });
});
