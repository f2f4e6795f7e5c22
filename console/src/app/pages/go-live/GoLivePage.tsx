import { Page } from '@/ui'

export const GoLivePage = () => <Page title="GoLivePage">{null}</Page>
