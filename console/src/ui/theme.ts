export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'trunnel-theme'

/** What was chosen in this browser. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'auto'
}

/** Shows a theme; `auto` follows the device. */
export function showTheme(theme: Theme) {
  const root = document.documentElement
  if (theme === 'auto') delete root.dataset.theme
  else root.dataset.theme = theme
}

export function chooseTheme(theme: Theme) {
  localStorage.setItem(KEY, theme)
  showTheme(theme)
}
