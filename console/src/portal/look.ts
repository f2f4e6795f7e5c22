import type { Schema } from '@/api/client'

export type Settings = Schema<'PortalSettings'>
export type Palette = Settings['palette']

/** What each palette's accent is, in light and in dark. */
const palettes: Record<Palette, [string, string]> = {
  gray: ['#3f464d', '#c3c9cf'],
  red: ['#b3261e', '#f2958e'],
  pink: ['#a8286f', '#f19ac6'],
  purple: ['#6b3fa0', '#c4a5ec'],
  cyan: ['#0f6674', '#6fd0df'],
  blue: ['#1f5fae', '#8ab9f2'],
  teal: ['#1b6660', '#5fc2b8'],
  green: ['#1d6b37', '#6fcf8c'],
  yellow: ['#7a5c00', '#ecc94b'],
  orange: ['#97480b', '#f2a66b'],
}

type Rgb = [number, number, number]

/** A hex colour's parts; nothing for what is none. */
export function parseColour(text: unknown): Rgb | null {
  if (typeof text !== 'string') return null
  const short = /^#?([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text.trim())
  const long = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim())
  const parts = short ? short.slice(1).map(part => part + part) : long?.slice(1)
  if (!parts) return null
  const [red = 0, green = 0, blue = 0] = parts.map(part => Number.parseInt(part, 16))
  return [red, green, blue]
}

/** How light a colour is, as WCAG 2 reckons. */
export function luminance([red, green, blue]: Rgb): number {
  const part = (value: number) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
}

/** How well two colours are told apart: 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

const BLACK: Rgb = [17, 17, 17]
const WHITE: Rgb = [255, 255, 255]

/** Black or white, whichever is easier to read on it. */
export const readableOn = (colour: Rgb): string =>
  contrast(colour, WHITE) >= contrast(colour, BLACK) ? '#ffffff' : '#111111'

/** The same for a whole page, where muted text is needed too. */
const isDark = (colour: Rgb) => readableOn(colour) === '#ffffff'

/** Muted text of the light and of the dark theme; see tokens.css. */
const MUTED = { light: [86, 89, 93] as Rgb, dark: [164, 169, 174] as Rgb }
const READABLE = 4.5

const css = (colour: Rgb) => `rgb(${colour.join(' ')})`

/** A background brings surfaces and lines of its own hue, and text that can be read on it. */
function backgroundVariables(colour: Rgb): Record<string, string> {
  const bg = css(colour)
  const dark = isDark(colour)
  const mix = (other: string, percent: number) => `color-mix(in srgb, ${bg}, ${other} ${percent}%)`
  const variables: Record<string, string> = { '--bg': bg }
  // Text straight on a middling background has no room to be muted.
  if (contrast(colour, dark ? MUTED.dark : MUTED.light) < READABLE) {
    const text = contrast(colour, [255, 255, 255]) >= contrast(colour, [0, 0, 0]) ? '#fff' : '#000'
    variables['--page-text'] = text
    variables['--page-text-2'] = text
  }
  // Lines are see-through: they lie on the background as well as on surfaces.
  if (!dark) {
    return { ...variables, '--line': 'rgb(0 0 0 / 12%)', '--line-strong': 'rgb(0 0 0 / 32%)' }
  }
  // Surfaces stand out of a deep background by light, of a bright one by shade.
  const deep = luminance(colour) < 0.04
  return {
    ...variables,
    '--surface': deep ? mix('white', 6) : mix('black', 45),
    '--surface-2': deep ? mix('white', 10) : mix('black', 38),
    '--surface-hover': deep ? mix('white', 14) : mix('black', 32),
    '--line': 'rgb(255 255 255 / 14%)',
    '--line-strong': 'rgb(255 255 255 / 34%)',
  }
}

export type Look = { variables: Record<string, string>; theme: 'auto' | 'light' | 'dark' }

/**
 * What the page looks like: the organization's settings, and over them what the link was given.
 * What is no colour is left out.
 */
export function lookOf(settings: Settings, properties: Record<string, unknown>): Look {
  const [light, dark] = palettes[settings.palette]
  const variables: Record<string, string> = {
    '--accent': `light-dark(${light}, ${dark})`,
    '--accent-strong': `light-dark(${light}, ${dark})`,
    '--accent-soft': `color-mix(in srgb, light-dark(${light}, ${dark}) 14%, var(--surface))`,
    '--on-accent': 'light-dark(#ffffff, #111111)',
    '--focus': `light-dark(${light}, ${dark})`,
    '--button': 'var(--accent)',
    '--on-button': 'var(--on-accent)',
  }
  const colour = parseColour(properties.color) ?? parseColour(properties.base_color)
  if (colour) {
    const text = css(colour)
    variables['--accent'] = text
    variables['--accent-strong'] = text
    variables['--accent-soft'] = `color-mix(in srgb, ${text} 14%, var(--surface))`
    variables['--on-accent'] = readableOn(colour)
  }
  const button = parseColour(properties.button_color)
  if (button) {
    variables['--button'] = css(button)
    variables['--on-button'] = readableOn(button)
  }
  const background = parseColour(properties.bgColor)
  if (background) Object.assign(variables, backgroundVariables(background))
  // A background that was chosen decides whether the text on it is dark or light.
  const theme = background ? (isDark(background) ? 'dark' : 'light') : settings.theme
  return { variables, theme }
}

/** Puts the look on the page. */
export function showLook({ variables, theme }: Look) {
  const root = document.documentElement
  if (theme === 'auto') delete root.dataset.theme
  else root.dataset.theme = theme
  for (const [name, value] of Object.entries(variables)) root.style.setProperty(name, value)
}
